import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Seams } from "../../src/client/seams.ts";
import type { SessionOptions } from "../../src/client/index.ts";
import { TestAuthority, type Identity } from "../certificates.ts";
import { failureOf, testSession, type TestSession } from "../test-session.ts";
import { startNginx, type NginxServer } from "./nginx-server.ts";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const large = randomBytes(20_000_000);

let root: TestAuthority;
let identity: Identity;
let nginx: NginxServer;
beforeAll(async () => {
  root = await TestAuthority.create("Errand Test Root");
  identity = await root.issue({ name: "localhost" });
  nginx = await start(`
    keepalive_requests 20; http2_max_concurrent_streams 8;
    location / { return 200 "$request_uri $server_protocol $connection"; }
    location /large { alias DIR/www/large; }
    location /stalled { limit_rate 1k; alias DIR/www/large; }
    location /kept/ { dav_methods PUT; create_full_put_path on; client_max_body_size 200m; }
    location /small { client_max_body_size 1m; proxy_pass http://127.0.0.1:1; }
  `);
});
afterAll(() => nginx.close());

function start(lines: string, port?: number): Promise<NginxServer> {
  return startNginx({
    http: `server { listen 127.0.0.1:PORT ssl http2; server_name localhost; root DIR/www;
      ssl_certificate DIR/server.pem; ssl_certificate_key DIR/server.pem; ${lines} }`,
    files: { "server.pem": identity.cert + identity.key, "www/large": large },
    ...(port === undefined ? {} : { port }),
  });
}

const client = (options: SessionOptions = {}, seams: Seams = {}): TestSession =>
  testSession({ tls: { ca: root.cert }, baseUrl: `https://localhost:${nginx.port}`, ...options }, seams);

describe("nginx over HTTP/2", () => {
  it("that ends a connection after 20 requests and allows 8 at a time carries 300 GETs and POSTs, each once", async () => {
    const { session } = client({ maxConnections: 3 });
    const call = async (index: number): Promise<string> => {
      const path = `/${index}`;
      const response = await (index % 2 === 0 ? session.get(path) : session.post(path, { json: { index } }));
      const [uri = "", protocol = ""] = response.text().split(" ");
      return `${uri} ${protocol} ${response.httpVersion}`;
    };
    const answers = await Promise.all(Array.from({ length: 300 }, (_, index) => call(index)));
    expect(answers).toEqual(Array.from({ length: 300 }, (_, index) => `/${index} HTTP/2.0 2`));
    await delay(50);
    const posts = (await nginx.requests()).filter((line) => /^POST \/\d+ /.test(line));
    expect([posts.length, new Set(posts).size]).toEqual([150, 150]);
  });

  it.each(["reload", "restart"] as const)("a %s under 50 callers loses no call", async (kind) => {
    const lines = 'location / { return 200 "$request_uri"; }';
    const first = await start(lines);
    let second: NginxServer | undefined;
    const { session } = client(
      { baseUrl: `https://localhost:${first.port}`, retry: { attempts: 8 } },
      { sleep: (ms) => delay(Math.min(ms, 300)) },
    );
    const over = new AbortController();
    let calls = 0;
    const caller = async (_: unknown, id: number): Promise<void> => {
      for (let count = 0; !over.signal.aborted; count += 1) {
        const path = `/${id}/${count}`;
        if ((await session.get(path).text()) !== path) throw new Error(`another answer than ${path}`);
        calls += 1;
        await delay(5);
      }
    };
    try {
      const callers = Promise.all(Array.from({ length: 50 }, caller));
      await delay(150);
      if (kind === "reload") await first.reload();
      else {
        await first.stop();
        second = await start(lines, first.port);
      }
      const before = calls;
      await delay(400);
      over.abort();
      await callers;
      expect(calls - before).toBeGreaterThan(50);
    } finally {
      await second?.close();
      await first.close();
    }
  });

  it("takes and gives 20 MB, many at once", async () => {
    const { session } = client();
    const bodies = await Promise.all([1, 2, 3].map(() => session.get("/large").bytes()));
    expect(bodies.map(sha256)).toEqual(Array(3).fill(sha256(large)));
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < large.length; at += 65_536) yield large.subarray(at, at + 65_536);
    }
    const sent = await Promise.all([session.put("/kept/bytes", { body: large }), session.put("/kept/stream", { body: pieces() })]);
    expect(sent.map(({ status }) => status)).toEqual([201, 201]);
    for (const name of ["bytes", "stream"]) expect(sha256(await readFile(join(nginx.directory, "www/kept", name)))).toBe(sha256(large));
  });

  it("leaves no half file behind when an upload is given up", async () => {
    async function* pieces(): AsyncGenerator<Uint8Array> {
      yield large.subarray(0, 1_000_000);
      await delay(50);
      throw new Error("the disk is gone");
    }
    await failureOf(client().session.put("/kept/half", { body: pieces() }));
    await delay(100);
    await expect(readFile(join(nginx.directory, "www/kept/half"))).rejects.toThrow("ENOENT");
  });

  it("413 in the middle of an upload is the answer", async () => {
    const response = await client().session.post("/small", { body: large });
    expect([response.status, response.attempts.length, response.httpVersion]).toEqual([413, 1, "2"]);
  });

  it("a stalled answer is a timeout, and the connection goes on with the others", async () => {
    const { session } = client({ retry: false });
    const stalled = failureOf(session.get("/stalled", { timeout: 300 }));
    const before = (await session.get("/a").text()).split(" ").at(-1);
    expect(await stalled).toMatchObject({ name: "TimeoutError" });
    expect((await session.get("/b").text()).split(" ").at(-1)).toBe(before);
  });
});
