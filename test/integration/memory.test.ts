import { execFile } from "node:child_process";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createSecureServer, type Http2SecureServer, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { AddressInfo } from "node:net";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestAuthority } from "../certificates.ts";

const totalBytes = 200_000_000;
const limitMegabytes = 60;
const chunk = Buffer.alloc(256 * 1024, "errand");

function answer(request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse): void {
  if (request.method === "PUT") {
    let sizeBytes = 0;
    request.on("data", (piece: Buffer) => (sizeBytes += piece.length)).on("end", () => response.end(String(sizeBytes)));
    return;
  }
  const wanted = Number(new URL(request.url ?? "/", "http://h").searchParams.get("bytes"));
  response.setHeader("content-length", String(wanted));
  let leftBytes = wanted;
  const send = (): void => {
    while (leftBytes > 0) {
      const piece = chunk.subarray(0, leftBytes);
      leftBytes -= piece.length;
      if (!write(response, piece)) {
        response.once("drain", send);
        return;
      }
    }
    response.end();
  };
  send();
}

// The two kinds of response agree in what they do, not in their types.
const write = (response: ServerResponse | Http2ServerResponse, piece: Uint8Array): boolean =>
  "stream" in response ? response.write(piece) : response.write(piece);

let server: Server;
let h2: Http2SecureServer;
let urls: Record<"1.1" | "2", string>;
let authority: TestAuthority;
let directory: string;
beforeAll(async () => {
  authority = await TestAuthority.create("Errand Test Root");
  server = createServer(answer);
  h2 = createSecureServer(await authority.issue({ name: "localhost" }), answer);
  for (const each of [server, h2]) await new Promise<void>((resolve) => each.listen(0, "127.0.0.1", resolve));
  urls = {
    "1.1": `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    "2": `https://localhost:${(h2.address() as AddressInfo).port}`,
  };
  directory = await mkdtemp(join(tmpdir(), "errand-memory-"));
  const file = await open(join(directory, "large"), "w");
  for (let written = 0; written < totalBytes; written += chunk.length) await file.write(chunk.subarray(0, totalBytes - written));
  await file.close();
  await writeFile(join(directory, "small"), Buffer.alloc(30_000_000));
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  h2.close();
  await rm(directory, { recursive: true });
});

/** Runs `step(bytes)` small, then large, in a process of its own, and tells by how many megabytes its peak grew. */
async function growth(step: string, version: "1.1" | "2"): Promise<{ bytes: number; megabytes: number }> {
  const script = `
    import { Session } from ${JSON.stringify(new URL("../../src/index.ts", import.meta.url).href)};
    const errand = new Session({ tls: { ca: ${JSON.stringify(authority.cert)} } });
    const url = ${JSON.stringify(urls[version])};
    const directory = ${JSON.stringify(directory)};
    const chunk = Buffer.alloc(256 * 1024);
    const step = ${step};
    for (let i = 0; i < 3; i += 1) await step(8_000_000);
    const before = process.resourceUsage().maxRSS;
    const bytes = await step(${totalBytes});
    await errand.close();
    console.log(JSON.stringify({ bytes, megabytes: (process.resourceUsage().maxRSS - before) / 1024 }));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
  return JSON.parse(stdout) as { bytes: number; megabytes: number };
}

describe.each(["1.1", "2"] as const)("over HTTP/%s memory stays flat", (version) => {
  it("while a response of 200 MB is streamed", async () => {
    const { bytes, megabytes } = await growth(
      `async (wanted) => {
      let sizeBytes = 0;
      for await (const chunk of (await errand.get(url, { params: { bytes: wanted }, stream: true })).body) sizeBytes += chunk.byteLength;
      return sizeBytes;
    }`,
      version,
    );
    expect([bytes, megabytes < limitMegabytes], `${megabytes} MB`).toEqual([totalBytes, true]);
  });

  it("while its reader is slow", async () => {
    const { bytes, megabytes } = await growth(
      `async (wanted) => {
      let sizeBytes = 0;
      for await (const chunk of (await errand.get(url, { params: { bytes: wanted }, stream: true })).body) {
        if (sizeBytes % 4_000_000 < chunk.byteLength) await new Promise((resolve) => setTimeout(resolve, 5));
        sizeBytes += chunk.byteLength;
      }
      return sizeBytes;
    }`,
      version,
    );
    expect([bytes, megabytes < limitMegabytes], `${megabytes} MB`).toEqual([totalBytes, true]);
  });

  it("while an iterable of 200 MB is uploaded", async () => {
    const { bytes, megabytes } = await growth(
      `async (wanted) => {
      async function* body() { for (let left = wanted; left > 0; left -= chunk.length) yield chunk.subarray(0, left); }
      return Number(await errand.put(url, { body: body() }).text());
    }`,
      version,
    );
    expect([bytes, megabytes < limitMegabytes], `${megabytes} MB`).toEqual([totalBytes, true]);
  });

  it("while a file of 200 MB is uploaded", async () => {
    const { bytes, megabytes } = await growth(
      `async (wanted) => {
      return Number(await errand.put(url, { body: { path: directory + (wanted < 10_000_000 ? "/small" : "/large") } }).text());
    }`,
      version,
    );
    expect([bytes, megabytes < limitMegabytes], `${megabytes} MB`).toEqual([totalBytes, true]);
  });
});
