import { execFile } from "node:child_process";
import { Agent, request as httpRequest } from "node:http";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StandIn } from "../stand-in.ts";
import { startFlaky } from "./index.ts";

const run = promisify(execFile);
let server: StandIn;
let nowMs = Date.UTC(2030, 0, 2, 3, 4, 5);
beforeEach(async () => {
  server = await startFlaky({ now: () => nowMs });
});
afterEach(() => server.close());

const get = (path: string, init?: RequestInit): Promise<Response> => fetch(server.url + path, { redirect: "manual", ...init });

const curl = async (path: string): Promise<{ exitCode: number; stdout: string }> => {
  try {
    const { stdout } = await run("curl", ["-sS", "--max-time", "5", server.url + path]);
    return { exitCode: 0, stdout };
  } catch (error) {
    const failure = error as { code: number; stdout: string };
    return { exitCode: failure.code, stdout: failure.stdout };
  }
};

describe("/flaky", () => {
  it("fails the wanted number of times per key, then succeeds", async () => {
    const statuses = async (key: string): Promise<number[]> => {
      const seen: number[] = [];
      for (let call = 0; call < 4; call += 1) seen.push((await get(`/flaky?fail=2&status=502&key=${key}`)).status);
      return seen;
    };
    expect(await statuses("a")).toEqual([502, 502, 200, 200]);
    expect(await statuses("b")).toEqual([502, 502, 200, 200]);
    await get("/flaky?key=a", { method: "DELETE" });
    expect(await statuses("a")).toEqual([502, 502, 200, 200]);
  });

  it("sends Retry-After when asked", async () => {
    expect((await get("/flaky?retry-after=7")).headers.get("retry-after")).toBe("7");
    expect((await get("/flaky?key=other")).headers.get("retry-after")).toBeNull();
  });

  it("refuses what is not a number", async () => {
    const answer = await get("/flaky?fail=0x2");
    expect([answer.status, await answer.text()]).toEqual([400, "fail=0x2 must be a whole number from 0 to 1000\n"]);
  });

  it("reads the body of a POST, so that the connection can be used again", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (let call = 0; call < 2; call += 1) {
      await new Promise((resolve, reject) => {
        const request = httpRequest(`${server.url}/flaky?fail=0`, { agent, method: "POST" }, (response) => {
          ports.add(response.socket.localPort);
          resolve(text(response));
        });
        request.on("error", reject).end("x".repeat(200_000));
      });
    }
    expect(ports.size).toBe(1);
    agent.destroy();
  });
});

describe("/rate-limit", () => {
  it("tells the wait in seconds or as a date", async () => {
    const seconds = await get("/rate-limit?after=2");
    expect([seconds.status, seconds.headers.get("retry-after")]).toEqual([429, "2"]);
    expect((await get("/rate-limit?after=2&date=1")).headers.get("retry-after")).toBe("Wed, 02 Jan 2030 03:04:07 GMT");
  });

  it("lifts the limit of a key when its time is over, not before", async () => {
    nowMs += 300; // A date has whole seconds: it must not name a moment before the end.
    expect((await get("/rate-limit?after=2&date=1&key=a")).headers.get("retry-after")).toBe("Wed, 02 Jan 2030 03:04:08 GMT");
    nowMs += 1_999;
    expect((await get("/rate-limit?after=2&key=a")).headers.get("retry-after")).toBe("1");
    nowMs += 1;
    expect((await get("/rate-limit?after=2&key=a")).status).toBe(200);
  });
});

describe("broken connections, as curl names them", () => {
  it("resets with RST (56)", async () => {
    expect((await curl("/reset")).exitCode).toBe(56);
  });

  it("resets only the first calls of a key when told so", async () => {
    expect((await curl("/reset?fail=1&key=a")).exitCode).toBe(56);
    expect(await curl("/reset?fail=1&key=a")).toEqual({ exitCode: 0, stdout: '{"call":2,"ok":true}' });
  });

  it("closes the first connection of a key without an answer (52)", async () => {
    expect((await curl("/once-closed?key=a")).exitCode).toBe(52);
    expect((await curl("/once-closed?key=a")).exitCode).toBe(0);
  });

  it("truncates a body (18)", async () => {
    expect(await curl("/truncated?bytes=10")).toEqual({ exitCode: 18, stdout: "*****" });
  });
});

describe("slowness", () => {
  it("waits, and drips, as long as told", async () => {
    for (const path of ["/slow?ms=40", "/drip?bytes=5&ms=40"]) {
      const start = performance.now();
      const body = await (await get(path)).text();
      expect(performance.now() - start, path).toBeGreaterThan(35);
      expect(body).toBe(path.startsWith("/drip") ? "*****" : '{"waitedMs":40}');
    }
  });

  it("drips exactly the promised bytes when there are more than steps", async () => {
    expect((await (await get("/drip?bytes=2501&ms=0")).text()).length).toBe(2501);
  });

  it("never answers /hang", async () => {
    await expect(get("/hang", { signal: AbortSignal.timeout(30) })).rejects.toThrow("timeout");
  });
});

describe("statuses and redirects", () => {
  it("answers with the wanted status and the headers it requires", async () => {
    expect((await get("/status/418")).status).toBe(418);
    expect((await get("/status/401")).headers.get("www-authenticate")).toContain("Basic");
    expect((await get("/status/204")).headers.get("content-length")).toBeNull();
    for (const code of ["100", "600", "abc", ""]) expect((await get(`/status/${code}`)).status, code).toBe(400);
  });

  it("redirects N times", async () => {
    const answer = await fetch(`${server.url}/redirect/3`);
    expect([answer.url, answer.status]).toEqual([`${server.url}/redirect/0`, 200]);
    const hop = await get("/redirect/3?status=307");
    expect([hop.status, hop.headers.get("location")]).toEqual([307, "/redirect/2?status=307"]);
  });

  it("redirects to its own origin alone", async () => {
    expect((await get("/redirect-to?url=/status/200&status=308")).headers.get("location")).toBe("/status/200");
    expect((await get(`/redirect-to?url=${server.url}/a?b`)).headers.get("location")).toBe(`${server.url}/a?b`);
    for (const url of ["http://example.com/", "//example.com", "/\\example.com", "http://127.0.0.1:1/", "javascript:0", ""]) {
      const answer = await get(`/redirect-to?url=${encodeURIComponent(url)}`);
      expect(answer.status, url).toBe(url === "" ? 302 : 403);
    }
    expect((await get("/redirect-to?url=%2Fx%0D%0Aset-cookie:a")).headers.get("set-cookie")).toBeNull();
  });

  it("names the nearest route when it has none", async () => {
    const answer = await get("/flakey");
    expect([answer.status, await answer.text()]).toEqual([404, "No route /flakey. The nearest is /flaky; GET / lists all.\n"]);
  });
});
