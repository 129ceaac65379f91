import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { SessionOptions } from "../../src/client/index.ts";
import { isConnectionError } from "../../src/errors/index.ts";
import { closedPort } from "../raw-server.ts";
import { closeAfterTest, failureOf, testSession, type TestSession } from "../test-session.ts";
import { startNginx, type NginxServer } from "./nginx-server.ts";

const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");
const text = "errand ".repeat(50_000);
const large = randomBytes(20_000_000);

const locations = (dead: number): string => `
  limit_req_zone $server_port zone=slow:1m rate=1r/m;
  upstream dead { server 127.0.0.1:${dead}; }
  server {
    listen 127.0.0.1:PORT; root DIR/www; gzip_vary on;
    location /gzip/ { alias DIR/www/; gzip on; gzip_types *; }
    location /static/ { alias DIR/www/; gzip_static on; }
    location /echo { return 200 "$request_method $request_uri $server_protocol"; }
    location /body { client_max_body_size 1m; proxy_pass http://127.0.0.1:PORT/echo; }
    location /limited { limit_req zone=slow; limit_req_status 429; error_page 429 = @later; try_files /text.txt =404; }
    location @later { internal; add_header Retry-After 7 always; return 429 "later"; }
    location /dead { proxy_pass http://dead; }
    location /kept/ { dav_methods PUT; create_full_put_path on; client_max_body_size 200m; }
    location /stalled { limit_rate 1k; alias DIR/www/large; }
  }`;

let dead: number;
let nginx: NginxServer;
let directory: string;
beforeAll(async () => {
  dead = await closedPort();
  directory = await mkdtemp(join(tmpdir(), "errand-nginx-client-"));
  const files = { "www/text.txt": text, "www/text.txt.gz": gzipSync(`static ${text}`), "www/large": large };
  nginx = await startNginx({ http: locations(dead), files });
});
afterAll(async () => {
  await nginx.close();
  await rm(directory, { recursive: true });
});

const client = (options: SessionOptions = {}): TestSession => testSession({ baseUrl: `http://${nginx.host}`, ...options });
/** The lines of the access log that name `path`; nginx writes one when the answer has left. */
const logged = async (server: NginxServer, path: string): Promise<readonly string[]> => {
  await delay(50);
  return (await server.requests()).filter((line) => line.includes(path));
};

describe("connections", () => {
  it("that nginx closes after three requests or a second carry GET and POST, and no POST arrives twice", async () => {
    const server = closeAfterTest(
      await startNginx({
        http: 'server { listen 127.0.0.1:PORT; keepalive_requests 3; keepalive_timeout 1s; location / { return 200 "$request_uri $connection"; } }',
      }),
    );
    const { session } = testSession({ baseUrl: `http://${server.host}`, retry: false });
    const seen: string[] = [];
    const used = new Set<string>();
    const call = async (index: number): Promise<void> => {
      const sent = index % 2 === 0 ? session.get(`/${index}`) : session.post(`/${index}`, { json: { index } });
      const [path = "", connection = ""] = (await sent.text()).split(" ");
      seen.push(path);
      used.add(connection);
    };
    for (let index = 0; index < 12; index += 1) await call(index);
    // When nginx has closed what is idle, and for GET also at that very moment: a POST that is on its way then may be lost, see below.
    for (const [index, idleMs] of [995, 1_200, 995, 1_200].entries()) {
      await delay(idleMs);
      await call(12 + index);
    }
    expect(seen).toEqual(Array.from({ length: 16 }, (_, index) => `/${index}`));
    expect(used.size).toBeGreaterThanOrEqual(5);
    await delay(50);
    const posts = (await server.requests()).filter((line) => line.startsWith("POST"));
    expect(posts).toEqual([1, 3, 5, 7, 9, 11, 13, 15].map((index) => `POST /${index} HTTP/1.1 200`));
  });

  it("that nginx closes under a POST fail it rather than send it twice", async () => {
    const server = closeAfterTest(
      await startNginx({ http: 'server { listen 127.0.0.1:PORT; keepalive_timeout 1s; location / { return 200 "$request_uri"; } }' }),
    );
    const posts = Array.from({ length: 30 }, async (_, index) => {
      const { session } = testSession({ baseUrl: `http://${server.host}` });
      await session.get("/warm");
      await delay(985 + index);
      try {
        return await session.post(`/post/${index}`, { json: { index } }).text();
      } catch (error) {
        if (!isConnectionError(error)) throw error;
        return "lost";
      }
    });
    const answers = await Promise.all(posts);
    await delay(50);
    const arrived = (await server.requests()).filter((line) => line.startsWith("POST")).map((line) => line.split(" ")[1] ?? "");
    expect(new Set(arrived).size).toBe(arrived.length);
    expect(arrived.toSorted()).toEqual(answers.filter((answer) => answer !== "lost").toSorted());
  });

  it.each(["reload", "restart"] as const)("a %s under 50 callers loses no call", async (kind) => {
    const http = 'server { listen 127.0.0.1:PORT; location / { return 200 "$request_uri"; } }';
    const first = closeAfterTest(await startNginx({ http }));
    const { session } = testSession(
      { baseUrl: `http://${first.host}`, retry: { attempts: 8 } },
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
    const callers = Promise.all(Array.from({ length: 50 }, caller));
    await delay(150);
    if (kind === "reload") await first.reload();
    else {
      await first.stop();
      closeAfterTest(await startNginx({ http, port: first.port }));
    }
    const before = calls;
    await delay(300);
    over.abort();
    await callers;
    expect(calls - before).toBeGreaterThan(50);
  });
});

describe("bodies", () => {
  it("compressed on the way and beforehand, with a length and in chunks, are what the file holds", async () => {
    const { session } = client();
    const [dynamic, ready, plain] = await Promise.all(["/gzip/text.txt", "/static/text.txt", "/text.txt"].map((path) => session.get(path)));
    const facts = [dynamic, ready, plain].map((response) => [
      response?.headers.get("content-encoding"),
      response?.headers.get("transfer-encoding"),
      sha256(response?.bytes() ?? ""),
    ]);
    expect(facts).toEqual([
      ["gzip", "chunked", sha256(text)],
      ["gzip", null, sha256(`static ${text}`)],
      [null, null, sha256(text)],
    ]);
  });

  it("a download that is cut off goes on where it stopped, and from the start when the file has changed", async () => {
    const file = join(directory, "resumed");
    const cutOff = async (): Promise<void> => {
      const abort = new AbortController();
      const onProgress = (): void => abort.abort();
      expect(await failureOf(client().session.download("/large", file, { signal: abort.signal, onProgress }))).toMatchObject({
        name: "AbortError",
      });
    };
    await cutOff();
    const resumed = await client().session.download("/large", file, { sha256: sha256(large) });
    expect([resumed.response.status, resumed.resumedBytes > 0, sha256(await readFile(file))]).toEqual([206, true, sha256(large)]);
    await rm(file);
    await cutOff();
    const other = randomBytes(20_000_001);
    await writeFile(join(nginx.directory, "www/large"), other);
    onTestFinished(() => writeFile(join(nginx.directory, "www/large"), large));
    const again = await client().session.download("/large", file, { sha256: sha256(other) });
    expect([again.response.status, again.resumedBytes, sha256(await readFile(file))]).toEqual([200, 0, sha256(other)]);
  });

  it.each(["bytes", "stream"])("413 in the middle of an upload (%s) is the answer, once", async (kind) => {
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let start = 0; start < large.length; start += 65_536) yield large.subarray(start, start + 65_536);
    }
    const response = await client().session.post(`/body?${kind}`, { body: kind === "bytes" ? large : pieces() });
    expect([response.status, response.attempts.length]).toEqual([413, 1]);
    expect(response.text()).toContain("413 Request Entity Too Large");
    expect(await logged(nginx, `/body?${kind}`)).toEqual([`POST /body?${kind} HTTP/1.1 413`]);
  });

  it("an answer that stalls is a timeout, whether it is read whole or streamed", async () => {
    const { session } = client({ timeout: 400, idleTimeout: 400, retry: false });
    expect(await failureOf(session.get("/stalled"))).toMatchObject({ name: "TimeoutError" });
    const { body } = await session.get("/stalled", { stream: true });
    const read = async (): Promise<void> => {
      for await (const chunk of body) void chunk;
    };
    expect(await failureOf(read())).toMatchObject({ name: "TimeoutError" });
  });
});

describe("refusals", () => {
  it("429 with Retry-After is waited for", async () => {
    const { session, waits } = client({ retry: { attempts: 2, backoff: 1 } });
    expect(sha256(await session.get("/limited").bytes())).toBe(sha256(text));
    const refused = await session.get("/limited");
    expect([refused.status, refused.text(), refused.attempts.length]).toEqual([429, "later", 2]);
    expect(waits.map((ms) => Math.floor(ms / 1000))).toEqual([7]);
  });

  it("502 of a dead upstream is repeated for GET and not for POST", async () => {
    const { session } = client({ retry: { attempts: 3, backoff: 1 } });
    for (const [method, attempts] of [
      ["GET", 3],
      ["POST", 1],
    ] as const) {
      const response = await session.request(method, `/dead/${method}`);
      expect([response.status, response.attempts.length], method).toEqual([502, attempts]);
      expect(await logged(nginx, `/dead/${method}`)).toHaveLength(attempts);
    }
  });
});

describe("addresses", () => {
  it.each([
    ["/echo/a%2Fb", "/echo/a%2Fb"],
    ["/echo/żółć?ü=é", "/echo/%C5%BC%C3%B3%C5%82%C4%87?%C3%BC=%C3%A9"],
    ["/echo//double//", "/echo//double//"],
    ["/echo/%41?a=%20+b", "/echo/%41?a=%20+b"],
  ])("%s is asked for as %s", async (given, wanted) => {
    expect(await client().session.get(given).text()).toBe(`GET ${wanted} HTTP/1.1`);
  });

  it("a path with .. is refused before nginx hears of it, and resolved in an absolute URL", async () => {
    expect(await failureOf(client().session.get("/echo/climb/../y"))).toMatchObject({ name: "InvalidRequestError" });
    expect(await testSession().session.get(`http://${nginx.host}/echo/climb/../z`).text()).toMatch(/^GET \/echo\/z HTTP/);
    expect(await logged(nginx, "climb")).toEqual([]);
  });
});

describe("memory", () => {
  const megabytes = 100_000_000;

  /** Runs `step(name)` for a small file, then for a large one, in a process of its own: what it gave, and by how many MB the peak grew. */
  async function growth(step: string): Promise<{ readonly result: unknown; readonly megabytes: number }> {
    const script = `
      import errand from ${JSON.stringify(new URL("../../src/index.ts", import.meta.url).href)};
      import { execFile } from "node:child_process";
      import { createHash } from "node:crypto";
      const [url, directory] = ${JSON.stringify([`http://${nginx.host}`, nginx.directory])};
      const step = ${step};
      for (let i = 0; i < 3; i += 1) await step("text.txt");
      const before = process.resourceUsage().maxRSS;
      const result = await step("hundred");
      console.log(JSON.stringify({ result, megabytes: (process.resourceUsage().maxRSS - before) / 1024 }));
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
    return JSON.parse(stdout) as { result: unknown; megabytes: number };
  }

  let hash: string;
  beforeAll(async () => {
    const bytes = randomBytes(megabytes);
    hash = sha256(bytes);
    await writeFile(join(nginx.directory, "www/hundred"), bytes);
  });

  it("stays flat while 100 MB come", async () => {
    const { result, megabytes: grown } = await growth(`async (name) => {
      const hash = createHash("sha256");
      for await (const chunk of (await errand.get(url + "/" + name, { stream: true })).body) hash.update(chunk);
      return hash.digest("hex");
    }`);
    expect([result, grown < 60], `${grown} MB`).toEqual([hash, true]);
  });

  it("stays flat while 100 MB of a file go", async () => {
    const { result, megabytes: grown } = await growth(`async (name) =>
      (await errand.put(url + "/kept/" + name, { body: { path: directory + "/www/" + name } })).status`);
    expect([result, grown < 60], `${grown} MB`).toEqual([201, true]);
    expect(sha256(await readFile(join(nginx.directory, "www/kept/hundred")))).toBe(hash);
  });
});
