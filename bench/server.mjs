// Answers from raw sockets, with and without TLS: as little of the measured time as possible is the server's.
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
process.send({ plain: `http://127.0.0.1:${plain}`, secure: `https://localhost:${secure}`, ca });
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

function answer(type, body) {
  return Buffer.from(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\nkeep-alive: timeout=60\r\n\r\n${body}`);
}

function listen(server) {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));
}
