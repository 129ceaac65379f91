import { execFile } from "node:child_process";
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { TestAuthority } from "../certificates.ts";
import { raw, server } from "../test-session.ts";
import { reply } from "../raw-server.ts";

/** Runs a program that has `errand`, `Session` and `url`, to its own end. */
async function run(url: string, program: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const script = `import errand, { Session } from ${JSON.stringify(new URL("../../src/index.ts", import.meta.url).href)}; const url = ${JSON.stringify(url)}; ${program}`;
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], { timeout: 10_000 });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

describe("a program", () => {
  it("ends by itself after its last call, closed session or not, streams read or closed", async () => {
    const api = await server();
    api.on("*").reply({ text: "x".repeat(100_000) });
    const startedAt = performance.now();
    const ended = await run(
      api.url,
      `await errand.get(url); const s = new Session(); await s.get(url); await s.close();
       const r = await errand.get(url, { stream: true }); await r.text();
       const c = await errand.get(url, { stream: true }); await c.close(); console.log("done");`,
    );
    expect([ended, performance.now() - startedAt < 5000]).toEqual([{ code: 0, stdout: "done\n", stderr: "" }, true]);
  });

  it("ends by itself after calls over HTTP/2 as well", async () => {
    const root = await TestAuthority.create("Errand Test Root");
    const h2 = createSecureServer(await root.issue({ name: "localhost" }), (_request, response) => void response.end("x".repeat(100_000)));
    await new Promise<void>((resolve) => h2.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void h2.close());
    const startedAt = performance.now();
    const ended = await run(
      `https://localhost:${(h2.address() as AddressInfo).port}`,
      `const s = new Session({ tls: { ca: ${JSON.stringify(root.cert)} } }); const first = await s.get(url);
       const r = await s.get(url, { stream: true }); await r.text();
       const c = await s.get(url, { stream: true }); await c.close(); console.log(first.httpVersion, r.httpVersion);`,
    );
    expect([ended, performance.now() - startedAt < 3_500]).toEqual([{ code: 0, stdout: "2 2\n", stderr: "" }, true]);
  });

  it("sees no unhandled rejection or exception of errand's own, whatever goes wrong", async () => {
    const wire = await raw(({ socket, index }) => {
      const kind = index % 5;
      if (kind === 0) socket.destroy();
      else if (kind === 1) socket.resetAndDestroy();
      else if (kind === 2) socket.end("garbage");
      else if (kind === 3) socket.end("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx");
      else socket.write(reply("503 Busy"));
    });
    const ended = await run(
      wire.url,
      `const s = new Session({ timeout: "50ms", retry: { attempts: 2, backoff: "1ms", maxBackoff: "1ms" }, auth: { scheme: "x", sign: () => undefined, refresh: async () => { throw new Error("no"); } } });
       async function* broken() { yield "x"; throw new Error("source"); }
       const calls = [];
       for (let i = 0; i < 40; i += 1) {
         const abort = new AbortController();
         if (i % 4 === 0) setTimeout(() => abort.abort(), i % 7);
         const call = i % 3 === 0 ? s.post(url, { body: broken(), signal: abort.signal }) : i % 3 === 1 ? s.get(url, { stream: true, signal: abort.signal }).then((r) => r.text()) : s.get(url, { signal: abort.signal }).json();
         calls.push(call.then(() => "ok", () => "failed"));
       }
       await Promise.all(calls); await s.close(); console.log("survived");`,
    );
    expect(ended).toEqual({ code: 0, stdout: "survived\n", stderr: "" });
  });

  it("is not held up by a shortcut whose first promise nobody keeps", async () => {
    const ended = await run(
      "http://127.0.0.1:1/",
      `const p = errand.get(url, { retry: false }); await p.json().catch((error) => console.log(error.code));`,
    );
    expect(ended).toEqual({ code: 0, stdout: "ERR_CONNECTION_REFUSED\n", stderr: "" });
  });

  it("changes nothing global by importing errand", async () => {
    const ended = await run(
      "http://h/",
      `console.log(Object.getOwnPropertySymbols(globalThis).filter((each) => /undici|errand/.test(String(each))).length, process.listenerCount("exit"), process.listenerCount("warning") < 2);`,
    );
    expect(ended.stdout).toBe("0 0 true\n");
  });

  it("is told of attempts on stderr when ERRAND_LOG says so, and of nothing otherwise", async () => {
    const api = await server();
    api.on("*").fail(503).reply();
    const quiet = await run(api.url, `await errand.get(url, { retry: { backoff: "1ms", maxBackoff: "1ms" } });`);
    api.on("*").fail(503).reply();
    const told = await run(
      api.url,
      `process.env.ERRAND_LOG = "attempts"; const s = new Session({ retry: { backoff: "1ms", maxBackoff: "1ms" } }); await s.get(url);`,
    );
    expect(quiet.stderr).toBe("");
    expect(told.stderr).toMatch(
      /^errand: GET http:\S+ attempt 1: 503 after \d+ ms; again in \d ms\nerrand: GET http:\S+ attempt 2: 200 after \d+ ms\n$/,
    );
  });

  it("finds the caller's own line in the stack of an error, and errand's message above it", async () => {
    const api = await server();
    api.on("*").fail(404);
    const ended = await run(
      "http://127.0.0.1:1/",
      `async function deployStep() { await errand.get(url, { retry: false }); }
       async function shortcut() { await errand.get(url, { retry: false }).json(); }
       async function raised() { await errand.get(${JSON.stringify(api.url)}).json(); }
       async function wrong() { await errand.get("nowhere"); }
       for (const step of [deployStep, shortcut, raised, wrong]) await step().catch((error) => console.log(error.stack + "---"));`,
    );
    const stacks = ended.stdout.split("---\n");
    expect(stacks[0]).toMatch(
      /^ConnectionError: GET http:\/\/127\.0\.0\.1:1\/ failed: nothing listens at 127\.0\.0\.1:1 \(ECONNREFUSED\)\n {4}at async deployStep/,
    );
    expect(stacks[1]).toMatch(/^ConnectionError: .*\n {4}at async shortcut/);
    expect(stacks[2]).toMatch(/^HTTPError: .* answered 404 Not Found\n(.*\n)* {4}at async raised/);
    expect(stacks[3]).toMatch(/^InvalidRequestError: URL "nowhere" has no scheme\n(.*\n)* {4}at Session.get .*\n {4}at wrong/);
  });
});
