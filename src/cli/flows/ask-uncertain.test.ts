import { describe, expect, it } from "vitest";
import { memoryIo } from "../../../test/cases/memory-io.ts";
import { askUncertain } from "./ask-uncertain.ts";

const step = { runId: "r", stepId: "create", intents: [{ method: "POST", url: "https://api.example.com/posts" }] };

function asking(...answers: string[]) {
  const io = memoryIo({ terminal: ["stdin", "stderr"], answers });
  return { io, answer: askUncertain(async (question) => (await io.ask?.(question)) ?? "", io) };
}

describe("the question about a step that may have been done", () => {
  it.each([
    ["r", "repeat"],
    [" Repeat ", "repeat"],
    ["s", "skip"],
    ["skip", "skip"],
  ])("takes %j for %s, and tells what was sent", async (typed, verdict) => {
    const { io, answer } = asking(typed);
    expect(await answer(step)).toBe(verdict);
    expect(io.stderrText()).toContain(
      "Step create was interrupted. Whether this was done is not known:\n  POST https://api.example.com/posts\n",
    );
  });

  it.each([[""], ["stop"], ["what?", "no", "maybe"]])("stops the run for anything else: %j", async (...typed) => {
    await expect(asking(...typed).answer(step)).rejects.toMatchObject({ code: "ERR_STEP_UNCERTAIN" });
  });

  it("is asked for one step after the other", async () => {
    let [open, most] = [0, 0];
    const answer = askUncertain(async () => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
      return "s";
    }, memoryIo());
    expect(await Promise.all([answer(step), answer({ ...step, stepId: "other" })])).toEqual(["skip", "skip"]);
    expect(most).toBe(1);
  });
});
