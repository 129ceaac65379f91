import { describe, expect, it } from "vitest";
import type { RunSummary, StepSummary } from "../../flow/index.ts";
import { painter } from "./color.ts";
import { renderRuns } from "./run-list.ts";
import { renderRun } from "./run-page.ts";

const begunAt = new Date("2026-11-27T12:00:00Z");
const nowMs = begunAt.getTime() + 300_000;

function runOf(changes: Partial<RunSummary>): RunSummary {
  return {
    id: "release-7",
    flow: "release",
    status: "done",
    isCancelling: false,
    input: undefined,
    value: undefined,
    error: undefined,
    begunAt,
    endedAt: undefined,
    isPruned: false,
    ...changes,
  };
}

function stepOf(changes: Partial<StepSummary>): StepSummary {
  const recordedAt = new Date(begunAt.getTime() + 1500);
  return { id: "build", kind: "step", state: "done", attempt: 1, value: 1, error: undefined, intents: [], begunAt, recordedAt, ...changes };
}

function page(changes: Partial<RunSummary>, steps: readonly StepSummary[] = [], awaited: readonly string[] = []): string {
  return renderRun({ run: runOf(changes), steps, awaited, nowMs, journal: [] }, painter(false));
}

describe("the page of a run", () => {
  it("tells what it is, its steps in order, what it waits for, and how it goes on", () => {
    const steps = [
      stepOf({}),
      stepOf({ id: "tell[]", kind: "map" }),
      stepOf({ id: "tell[7]/send", attempt: 3, state: "failed", value: undefined, error: { name: "Error", message: "answered 500" } }),
      stepOf({ id: "rest#until", kind: "value", value: nowMs + 60_000 }),
      stepOf({ id: "approve", kind: "signal", state: "begun" }),
      stepOf({ id: "alert", state: "begun", intents: [{ method: "POST", url: "https://a/b", key: "k", isRepeatable: false }] }),
    ];
    expect(page({ status: "interrupted", input: { version: "7" } }, steps, ["approve"])).toBe(`run     release-7
flow    release
status  interrupted
begun   2026-11-27T12:00:00.000Z (5m ago)
input   {"version":"7"}

STEP          KIND    STATE   ATTEMPT  TOOK
build         step    done          1  1.5 s
tell[7]/send  step    failed        3  1.5 s  answered 500
approve       signal  waits         1
alert         step    begun         1         POST https://a/b

waits for the signal approve:
  errand runs approve release-7 approve
sleeps until 2026-11-27T12:06:00.000Z (rest)
alert was interrupted: whether POST was done is not known

to go on:
  errand run FILE --id release-7`);
  });

  it.each<[string, Partial<RunSummary>, string]>([
    ["of a deploy", { flow: "deploy", status: "suspended" }, "to go on:\n  errand deploy --resume release-7"],
    [
      "of errand posts",
      { flow: "errand posts", status: "suspended", input: { base: "https://api.example.com" } },
      "to go on:\n  errand posts --base https://api.example.com --id release-7",
    ],
    ["that failed", { status: "failed", endedAt: begunAt }, "to go on:\n  errand run FILE --id release-7 --again"],
    ["that is being cancelled", { status: "suspended", isCancelling: true }, "to do what is left of it:\n  errand run FILE --id release-7"],
    ["that runs", { status: "running" }, "to stop it: errand runs cancel release-7"],
  ])("ends with the line for one %s", (_what, changes, line) => {
    expect(page(changes).endsWith(`\n\n${line}`)).toBe(true);
  });

  it("ends without one where nothing is left to do", () => {
    expect(page({ endedAt: begunAt, value: "web-7" })).toMatch(/^result {2}web-7$/m);
    for (const changes of [
      { endedAt: begunAt },
      { status: "cancelled", endedAt: begunAt },
      { status: "failed", endedAt: begunAt, isPruned: true },
    ] as const)
      expect(page(changes)).not.toContain("errand run");
  });

  it("shortens what is long, and makes control characters visible", () => {
    const text = page({ endedAt: begunAt, value: `\u001b[2J${"x".repeat(500)}` });
    expect(text).toContain("result  \\u001b[2J");
    expect(text).toContain("x... (509 characters, --json has them)");
  });
});

describe("the list of runs", () => {
  it("tells how each stands, and for how long", () => {
    const runs = [
      runOf({ id: "c", status: "running" }),
      runOf({ id: "b", status: "suspended", isCancelling: true }),
      runOf({ id: "a", endedAt: new Date(begunAt.getTime() + 65_000) }),
    ];
    expect(renderRuns(runs, nowMs)).toBe(`RUN  FLOW     STATUS      BEGUN   TOOK
c    release  running     5m ago  5 min
b    release  cancelling  5m ago
a    release  done        5m ago  1 min 5 s`);
  });
});
