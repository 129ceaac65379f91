import { describe, expect, it } from "vitest";
import type { TimeoutError } from "../../src/errors/index.ts";
import { daysFromNow, TestAuthority } from "../certificates.ts";
import { reply } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";
import { stalls } from "./wire-faults.ts";

/** Servers are asked side by side: what they cost is one timeout. */
const timeout = "120ms";

describe("a server that falls silent", () => {
  it("is given up after the timeout in whatever phase it is, and the error names the phase", async () => {
    await Promise.all(
      stalls.map(async ({ name, act, phase }) => {
        const wire = await raw(act);
        const { session } = testSession({ timeout });
        const startedAt = performance.now();
        const error = (await failureOf(session.get(wire.url))) as TimeoutError;
        expect([name, error.code, error.phase, error.attempts.length]).toEqual([name, "ERR_TIMEOUT", phase, 3]);
        expect(performance.now() - startedAt).toBeGreaterThan(355);
        expect(wire.exchanges).toHaveLength(3);
      }),
    );
  });

  it("is asked again over a new connection, which answers", async () => {
    await Promise.all(
      stalls.map(async ({ name, act }) => {
        const wire = await raw((exchange) => (exchange.index === 0 ? act(exchange) : void exchange.socket.write(reply("200 OK", "awake"))));
        const { session } = testSession({ timeout });
        const response = await session.get(wire.url);
        expect([name, response.text(), response.attempts.length, wire.accepted]).toEqual([name, "awake", 2, 2]);
        expect(response.attempts[0]?.error).toMatchObject({ code: "ERR_TIMEOUT" });
      }),
    );
  });

  it("leaves no connection behind", async () => {
    const wires = await Promise.all(stalls.map(({ act }) => raw(act)));
    const { session } = testSession({ timeout: "60ms", retry: false });
    await Promise.all(wires.map((wire) => failureOf(session.get(wire.url))));
    await expect.poll(() => wires.reduce((sum, { open }) => sum + open, 0), { timeout: 2000 }).toBe(0);
  });
});

describe("a slow drip", () => {
  it("of headers, of a body and of chunks ends with the timeout, though a byte comes every few milliseconds", async () => {
    const beginnings = [
      "HTTP/1.1 200 OK\r\nx: ",
      "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffff\r\n",
    ];
    await Promise.all(
      beginnings.map(async (beginning) => {
        const wire = await raw(({ socket }) => {
          socket.write(beginning);
          const timer = setInterval(() => socket.write("x"), 5);
          socket.on("close", () => clearInterval(timer));
        });
        const { session } = testSession({ timeout, retry: false });
        expect(await failureOf(session.get(wire.url))).toMatchObject({ code: "ERR_TIMEOUT" });
      }),
    );
  });
});

describe("a TLS handshake", () => {
  it("that hangs, is reset or is closed is made three times, for a POST too: nothing of it was sent", async () => {
    const hangs = await raw(() => undefined);
    const resets = await raw(() => undefined, { onConnection: (socket) => void socket.once("data", () => socket.resetAndDestroy()) });
    const closes = await raw(() => undefined, { onConnection: (socket) => void socket.once("data", () => socket.end()) });
    const ends = await Promise.all(
      [hangs, resets, closes].map(async ({ port }) => {
        const { session } = testSession({ connectTimeout: timeout });
        const error = (await failureOf(session.post(`https://127.0.0.1:${port}/`, { json: {} }))) as TimeoutError;
        return [error.code, error.attempts.length, error.attempts.at(-1)?.stopped];
      }),
    );
    expect(ends).toEqual([
      ["ERR_TIMEOUT", 3, "attempts"],
      ["ERR_CONNECTION_RESET", 3, "attempts"],
      ["ERR_CONNECTION_RESET", 3, "attempts"],
    ]);
  });

  it("that breaks at the first connections is made again, and the POST arrives once", async () => {
    const authority = await TestAuthority.create("Fault Root");
    const tls = await authority.issue({ name: "localhost", notAfter: daysFromNow(5) });
    const wire = await raw(({ socket }) => void socket.write(reply("201 Created", "made")), { tls });
    let isBroken = true;
    wire.server.on("connection", (socket: { destroy(): void }) => {
      if (!isBroken) return;
      isBroken = false;
      socket.destroy();
    });
    const { session } = testSession({ tls: { ca: authority.cert } });
    const response = await session.post(wire.url, { json: { a: 1 } });
    expect([response.status, response.attempts.length, wire.heads.length]).toEqual([201, 2, 1]);
  });

  it("done, a connection that is cut inside the body is a truncated body, as without TLS", async () => {
    const authority = await TestAuthority.create("Fault Root");
    const wire = await raw(({ socket }) => void socket.end("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"), {
      tls: await authority.issue({ name: "localhost", notAfter: daysFromNow(5) }),
    });
    const { session } = testSession({ tls: { ca: authority.cert } });
    const error = (await failureOf(session.get(wire.url))) as TimeoutError;
    expect([error.code, error.attempts.length]).toEqual(["ERR_BODY_TRUNCATED", 3]);
  });
});
