import { expect, it } from "vitest";
import { journalPath } from "../../../test/flow/journal-folder.ts";
import { manualClock } from "../../../test/flow/manual-clock.ts";
import { failureOf } from "../../../test/test-session.ts";
import { flow, localEngine } from "../index.ts";

const day = 86_400_000;

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}

it("a sleep of days ends at the time that was recorded first, whatever happens to the process meanwhile", async () => {
  const journal = await journalPath();
  const clock = manualClock();
  const startedAt = clock.now();
  const patient = flow("patient", async (run) => {
    await run.sleep("three days", "3d");
    return run.now();
  });
  const stop = new AbortController();
  const first = localEngine({ journal, clock });
  const suspended = failureOf(patient.start(undefined, { id: "p", engine: first, signal: stop.signal }));
  await until(() => clock.sleepers === 1);
  clock.advance(day);
  stop.abort();
  expect(await suspended).toMatchObject({ code: "ERR_RUN_SUSPENDED" });
  await first.close();

  const second = localEngine({ journal, clock });
  const result = patient.start(undefined, { id: "p", engine: second });
  await until(() => clock.sleepers === 1);
  clock.advance(2 * day - 1);
  expect(clock.sleepers).toBe(1);
  clock.advance(1);
  expect(await result).toBe(startedAt + 3 * day);
  await second.close();
});

it("an attempt that fails is followed by the next after its backoff", async () => {
  const clock = manualClock();
  const engine = localEngine({ journal: await journalPath(), clock });
  let attempts = 0;
  const flaky = flow("flaky", (run) =>
    run.step("try", () => {
      attempts += 1;
      if (attempts < 3) throw new Error("not yet");
      return attempts;
    }),
  );
  const result = flaky.start(undefined, { engine });
  for (const longest of [1000, 2000]) {
    await until(() => clock.sleepers === 1);
    clock.advance(longest / 2 - 1);
    expect(clock.sleepers).toBe(1);
    clock.advance(longest / 2 + 1);
  }
  expect(await result).toBe(3);
  await engine.close();
});

it("an owner that is silent for longer than its lease is taken over, and records nothing more", async () => {
  const journal = await journalPath();
  const clock = manualClock();
  const [owner, heir] = [localEngine({ journal, clock }), localEngine({ journal, clock })];
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const slow = flow("slow", async (run) => {
    await run.step("hold", ({ attempt, signal }) => (attempt === 1 && !signal.aborted && isFirst() ? held : undefined));
    return run.step("after", () => "done");
  });
  let begun = 0;
  const isFirst = (): boolean => (begun += 1) === 1;
  const first = failureOf(slow.start(undefined, { id: "s", engine: owner }));
  await until(() => begun === 1);
  clock.advance(10_001);
  expect(await slow.start(undefined, { id: "s", engine: heir })).toBe("done");
  release();
  expect(await first).toMatchObject({ code: "ERR_RUN_TAKEN_OVER", runId: "s" });
  expect(heir.steps("s").map(({ id, value }) => [id, value])).toEqual([
    ["hold", undefined],
    ["after", "done"],
  ]);
  await Promise.all([owner.close(), heir.close()]);
});
