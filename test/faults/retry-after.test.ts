import { describe, expect, it } from "vitest";
import type { RequestError } from "../../src/errors/index.ts";
import { reply } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";

const statuses = [408, 425, 429, 500, 502, 503, 504, 520];
const asSeconds = (): string => "7";
const asDate = (): string => new Date(Date.now() + 7_900).toUTCString();

describe("an overloaded server", () => {
  it.each(statuses)("that answers %i and asks for seven seconds gets them, in seconds and as a date", async (status) => {
    for (const retryAfter of [asSeconds, asDate]) {
      const wire = await raw(({ index, socket }) =>
        socket.write(index < 2 ? reply(`${status} No`, "", { "retry-after": retryAfter() }) : reply("200 OK", "done")),
      );
      // Without jitter: the wait is what was asked for, and no less.
      const { session, waits } = testSession({}, { random: () => 0 });
      const response = await session.get(wire.url);
      expect([response.text(), response.attempts.map((attempt) => attempt.waitReason)]).toEqual([
        "done",
        ["retryAfter", "retryAfter", undefined],
      ]);
      expect(waits).toHaveLength(2);
      for (const ms of waits) expect(ms).toBeGreaterThanOrEqual(retryAfter === asSeconds ? 7_000 : 6_500);
      for (const ms of waits) expect(ms).toBeLessThanOrEqual(8_000);
    }
  });

  it.each(statuses)("that answers %i to a POST is not asked again, whatever it offers", async (status) => {
    const wire = await raw(({ socket }) => void socket.write(reply(`${status} No`, "", { "retry-after": "0" })));
    const { session, waits } = testSession();
    const response = await session.post(wire.url, { json: {} });
    expect([response.status, response.attempts[0]?.stopped, wire.heads.length, waits]).toEqual([status, "method", 1, []]);
  });

  it.each([
    ["more than a minute", {}, { "retry-after": "61" }, "retryAfter"],
    ["more than the deadline leaves", { deadline: "5s" }, { "retry-after": "6" }, "deadline"],
    ["a date beyond the deadline", { deadline: "5s" }, { "retry-after": new Date(Date.now() + 60_000).toUTCString() }, "deadline"],
    [
      "the rest of its window, longer than the deadline",
      { deadline: "5s" },
      { "ratelimit-remaining": "0", "ratelimit-reset": "9" },
      "deadline",
    ],
  ] as const)("that asks for %s is not waited for", async (_what, options, headers, stopped) => {
    const wire = await raw(({ socket }) => void socket.write(reply("429 Slow Down", "", headers)));
    const { session, waits } = testSession();
    const response = await session.get(wire.url, options);
    expect([response.status, response.attempts.map((attempt) => attempt.stopped), waits]).toEqual([429, [stopped], []]);
  });

  it.each<[string, (seconds: number) => string, boolean]>([
    ["cuts it", (seconds) => `HTTP/1.1 503 Busy\r\nretry-after: ${seconds}\r\ncontent-length: 100\r\n\r\nhalf`, true],
    [
      "cuts its chunks",
      (seconds) => `HTTP/1.1 429 Slow Down\r\nretry-after: ${seconds}\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel`,
      true,
    ],
    [
      "garbles its gzip",
      (seconds) => `HTTP/1.1 503 Busy\r\nretry-after: ${seconds}\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n\x1f\x8b`,
      true,
    ],
    ["falls silent inside it", (seconds) => `HTTP/1.1 503 Busy\r\nretry-after: ${seconds}\r\ncontent-length: 100\r\n\r\nhalf`, false],
  ])("that asks for seven seconds in an answer and %s gets them all the same", async (_what, answer, isEnded) => {
    const wire = await raw(({ index, socket }) => {
      const bytes = Buffer.from(answer(index === 0 ? 7 : 61), "latin1");
      if (isEnded) socket.end(bytes);
      else socket.write(bytes);
    });
    const { session, waits } = testSession({ timeout: isEnded ? "30s" : "150ms" }, { random: () => 0 });
    const error = (await failureOf(session.get(wire.url))) as RequestError;
    expect([waits, error.attempts.map(({ stopped, waitReason }) => stopped ?? waitReason)]).toEqual([[7000], ["retryAfter", "retryAfter"]]);
    expect(error.message).toContain("the server asked to wait 1 min 1 s, longer than maxRetryAfter (60 s)");
  });

  it("whose first answer is 408 or 425 is asked again over a new connection, and 429 over the same", async () => {
    for (const [status, connections] of [
      [408, 2],
      [425, 2],
      [429, 1],
    ]) {
      const wire = await raw(({ index, socket }) => socket.write(index === 0 ? reply(`${status} No`) : reply("200 OK")));
      const { session } = testSession();
      await session.get(wire.url);
      expect([status, wire.accepted]).toEqual([status, connections]);
    }
  });

  it("that resets every connection gets no storm: 250 callers add at most a hundred requests", async () => {
    const wire = await raw(({ socket }) => void socket.resetAndDestroy());
    const { session } = testSession();
    const results = await Promise.allSettled(Array.from({ length: 250 }, () => session.get(wire.url)));
    expect(results.every(({ status }) => status === "rejected")).toBe(true);
    expect(wire.heads.length).toBeLessThanOrEqual(350);
  });
});
