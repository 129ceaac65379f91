import { describe, expect, it } from "vitest";
import { reply } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";

const large = Buffer.alloc(2_000_000);

describe("streams that nobody reads", () => {
  it("and that are small give their connections back by themselves", async () => {
    const wire = await raw(({ socket }) => void socket.write(reply("200 OK", "small")));
    const { session } = testSession({ maxConnections: 2 });
    for (let i = 0; i < 30; i += 1) await session.get(wire.url, { stream: true });
    expect((await session.get(wire.url)).text()).toBe("small");
    expect(wire.accepted).toBeLessThanOrEqual(2);
  });

  it("and that are large hold theirs for the idle timeout and no longer: the calls in line get them", async () => {
    const wire = await raw(({ index, socket }) => void socket.write(reply("200 OK", index < 5 ? large : "next")));
    const { session } = testSession({ maxConnections: 5, idleTimeout: "60ms" });
    const forgotten = await Promise.all(Array.from({ length: 5 }, () => session.get(wire.url, { stream: true })));
    const next = await Promise.all(Array.from({ length: 5 }, () => session.get(wire.url)));
    expect(next.map((response) => response.text())).toEqual(Array.from({ length: 5 }, () => "next"));
    expect(await failureOf((forgotten[0] ?? expect.unreachable()).text())).toMatchObject({ code: "ERR_TIMEOUT", phase: "idle" });
  });

  it("of which the server sends no more do not wedge the pool either", async () => {
    const wire = await raw(({ index, socket }) => {
      socket.write(index < 3 ? "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf" : reply("200 OK", "next"));
    });
    const { session } = testSession({ maxConnections: 3, idleTimeout: "60ms" });
    for (let i = 0; i < 3; i += 1) await session.get(wire.url, { stream: true });
    expect((await session.get(wire.url)).text()).toBe("next");
  });

  it("and are closed, left in the middle or aborted give the connection back at once", async () => {
    const wire = await raw(({ head, socket }) => void socket.write(reply("200 OK", head.startsWith("GET /large") ? large : "next")));
    const { session } = testSession({ maxConnections: 1 });
    const leave: ((url: string) => Promise<unknown>)[] = [
      async (url) => (await session.get(url, { stream: true })).close(),
      async (url) => {
        for await (const chunk of (await session.get(url, { stream: true })).body) if (chunk.byteLength > 0) break;
      },
      async (url) => {
        const abort = new AbortController();
        const stream = await session.get(url, { stream: true, signal: abort.signal });
        abort.abort();
        await failureOf(stream.text());
      },
      async (url) => failureOf((await session.get(url, { stream: true, maxResponseSize: 10 })).text()),
    ];
    for (const each of leave) {
      await each(`${wire.url}/large`);
      expect((await session.get(wire.url)).text()).toBe("next");
    }
  });

  it("of which raiseForStatus() told the status give their connections back", async () => {
    const wire = await raw(({ socket }) => void socket.write(reply("404 Not Found", "none")));
    const { session } = testSession({ maxConnections: 1 });
    for (let i = 0; i < 3; i += 1)
      expect(await failureOf((await session.get(wire.url, { stream: true })).raiseForStatus())).toMatchObject({ status: 404 });
    expect(wire.accepted).toBe(1);
  });
});
