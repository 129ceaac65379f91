import { describe, expect, it } from "vitest";
import type { Session } from "../../src/client/index.ts";
import { RequestError } from "../../src/errors/index.ts";
import { reply, type RawExchange } from "../raw-server.ts";
import { raw, testSession } from "../test-session.ts";
import { breaks, garbage, stalls } from "./wire-faults.ts";

const faults = [...breaks, ...garbage, ...stalls];
const statuses = ["200 OK", "302 Found", "401 Unauthorized", "408 Request Timeout", "503 Busy"];
const tick = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The same numbers on every run: Park and Miller's generator. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => (state = (state * 16_807) % 2_147_483_647) % below;
}

function answer(exchange: RawExchange, pick: (below: number) => number): void {
  const { head, socket } = exchange;
  if (head.startsWith("GET /well")) socket.write(reply("200 OK", "well"));
  else if (pick(3) === 0) setTimeout(() => socket.write(reply("200 OK", "x".repeat(pick(100_000)))), pick(8));
  else if (pick(2) === 0) socket.write(reply(statuses[pick(statuses.length)] ?? "200 OK", "body", { location: "/next" }));
  else faults[pick(faults.length)]?.act(exchange);
}

/** One call of any kind, which may be cancelled, left in the middle or fed by a stream that breaks. */
async function anyCall(session: Session, url: string, pick: (below: number) => number): Promise<unknown> {
  const signal = pick(3) === 0 ? AbortSignal.timeout(pick(50)) : undefined;
  const options = signal === undefined ? {} : { signal };
  async function* source(): AsyncGenerator<Uint8Array> {
    for (let left = pick(10); left > 0; left -= 1) {
      yield Buffer.alloc(pick(30_000) + 1);
      await tick(pick(3));
    }
    if (pick(4) === 0) throw new Error("the source broke");
  }
  const kinds: (() => PromiseLike<unknown>)[] = [
    () => session.get(url, options),
    () => session.post(url, { ...options, body: source() }),
    () => session.put(url, { ...options, body: Buffer.alloc(pick(2_000_000)), deadline: "80ms" }),
    () => session.post(url, { ...options, json: {}, idempotencyKey: true }).json(),
    async () => (await session.get(url, { ...options, stream: true })).text(),
    async () => (await session.get(url, { ...options, stream: true })).close(),
    () => session.get(url, { ...options, stream: true }),
    async () => {
      for await (const chunk of (await session.get(url, { ...options, stream: true })).body) if (chunk.byteLength > 0) break;
    },
  ];
  return kinds[pick(kinds.length)]?.();
}

describe("any mix of calls and faults", () => {
  it.each([1, 3])("ends each call with a response or an error of errand's, and leaves a pool of %i connections as it was", async (max) => {
    const pick = numbers(7 * max);
    const wire = await raw((exchange) => answer(exchange, pick));
    const { session } = testSession({ maxConnections: max, timeout: "40ms", idleTimeout: "40ms" });
    for (let round = 0; round < 3; round += 1) {
      const calls = Array.from({ length: 20 }, () => anyCall(session, wire.url, pick));
      for (const end of await Promise.allSettled(calls)) if (end.status === "rejected") expect(end.reason).toBeInstanceOf(RequestError);
      expect((await session.get(`${wire.url}/well`, { timeout: "5s" })).text()).toBe("well");
      await expect.poll(() => wire.open, { timeout: 2000 }).toBeLessThanOrEqual(max);
    }
    await session.close();
    await expect.poll(() => wire.open, { timeout: 2000 }).toBe(0);
  });
});
