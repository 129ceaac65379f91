import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { killAlong, killAt, killAtRandom } from "../flow/conformance/kills.ts";
import { seeded } from "../flow/seeded.ts";

const engine = fileURLToPath(new URL("../flow/conformance/local.ts", import.meta.url));
const minutes = 60_000;

/** Two at a time: a test of a machine with few processors. */
async function pairwise<T>(work: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  const rest = [...work];
  const lane = async (): Promise<void> => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) results.push(await next());
  };
  await Promise.all([lane(), lane()]);
  return results;
}

let kills = 0;

it(
  "a run survives kill -9 at every one of its step boundaries",
  async () => {
    // Sixteen steps, each with four: before it, at the begin and the end of its function, after its record.
    const boundaries = 16 * 4;
    const killed = await pairwise(Array.from({ length: boundaries + 1 }, (_each, index) => () => killAt(engine, index + 1)));
    const count = killed.filter(Boolean).length;
    // None was left out: at one more the run ended first.
    expect(count).toBe(boundaries);
    kills += count;
  },
  10 * minutes,
);

it(
  "a run survives kill -9 at one boundary after another",
  async () => {
    const counts = await pairwise([2, 3, 5].map((stride) => () => killAlong(engine, stride)));
    for (const count of counts) kills += count;
    expect(Math.min(...counts)).toBeGreaterThan(5);
  },
  10 * minutes,
);

it(
  "a run survives kill -9 while its requests are under way",
  async () => {
    const counts = await pairwise(Array.from({ length: 15 }, (_each, seed) => () => killAtRandom(engine, seeded(seed), 8)));
    for (const count of counts) kills += count;
    expect(kills).toBeGreaterThanOrEqual(200);
  },
  10 * minutes,
);
