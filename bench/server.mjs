// Answers from raw sockets, with and without TLS: as little of the measured time as possible is the server's.
import { createServer as createHTTPServer } from "node:http";
import { createSecureServer } from "node:http2";
import { createServer } from "node:net";
import { createServer as createTLSServer } from "node:tls";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestAuthority } from "../test/certificates.ts";

const json = JSON.stringify({
  id: 7,
  name: "web",
  replicas: 4,
  labels: { app: "web", tier: "front" },
  ready: true,
  notes: "x".repeat(200),
});
const answers = { "/json": answer("application/json", json), "/megabyte": answer("application/octet-stream", "x".repeat(1_000_000)) };

const root = await TestAuthority.create("Errand Bench Root");
const { cert, key } = await root.issue({ name: "localhost" });
const directory = mkdtempSync(join(tmpdir(), "errand-bench-"));
const ca = join(directory, "root.pem");
writeFileSync(ca, root.cert);

const plain = await listen(createServer({ noDelay: true }, serve));
const secure = await listen(createTLSServer({ cert, key, noDelay: true }, serve));
const h2 = await listen(createSecureServer({ cert, key }, (_request, response) => void response.end(json)));
const large = await listen(createHTTPServer(transfer));
process.send({
  plain: `http://127.0.0.1:${plain}`,
  secure: `https://localhost:${secure}`,
  h2: `https://localhost:${h2}`,
  large: `http://127.0.0.1:${large}`,
  ca,
});
process.on("disconnect", () => {
  rmSync(directory, { recursive: true });
  process.exit();
});

function serve(socket) {
  let pending = "";
  socket.on("data", (chunk) => {
    pending += chunk.toString("latin1");
    for (;;) {
      const end = pending.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = pending.slice(0, end);
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (pending.length < end + 4 + length) return;
      const path = head.slice(head.indexOf(" ") + 1, head.indexOf(" HTTP"));
      socket.write(answers[path] ?? answer("application/json", pending.slice(end + 4, end + 4 + length)));
      pending = pending.slice(end + 4 + length);
    }
  });
  socket.on("error", () => socket.destroy());
}

/** So many bytes down by `/BYTES`, or what is sent up. */
function transfer(request, response) {
  if (request.method === "PUT") {
    request.resume().on("end", () => response.end());
    return;
  }
  let left = Number(request.url.slice(1));
  response.setHeader("content-length", left);
  const piece = Buffer.alloc(256 * 1024, "errand");
  const send = () => {
    while (left > 0) {
      const next = piece.subarray(0, left);
      left -= next.length;
      if (!response.write(next)) {
        response.once("drain", send);
        return;
      }
    }
    response.end();
  };
  send();
}

function answer(type, body) {
  return Buffer.from(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\nkeep-alive: timeout=60\r\n\r\n${body}`);
}

function listen(server) {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));
}
