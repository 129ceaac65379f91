import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { expect, it, onTestFinished } from "vitest";
import { flow, localEngine } from "./index.ts";

it("the channel errand:signal tells that a run waits, and nothing where the value was there already", async () => {
  const told: unknown[] = [];
  const listener = (message: unknown): void => void told.push(message);
  subscribe("errand:signal", listener);
  onTestFinished(() => void unsubscribe("errand:signal", listener));
  const engine = localEngine({ journal: ":memory:" });
  onTestFinished(() => engine.close());
  const both = flow("both", async (run) => [await run.signal("first"), await run.map("each", [1], (branch) => branch.signal("second"))]);
  const running = both.start(undefined, { id: "a", engine });
  while (told.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await engine.signal("a", "each[0]/second", 2);
  await engine.signal("a", "first", 1);
  expect(await running).toEqual([1, [2]]);
  expect(told).toEqual([{ runId: "a", name: "first" }]);
});
