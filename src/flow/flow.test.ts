import { describe, expect, it } from "vitest";
import { journalPath } from "../../test/flow/journal-folder.ts";
import { failureOf } from "../../test/test-session.ts";
import { flow, FlowError, localEngine, RunError, StepError, TerminalError, type Run } from "./index.ts";

const quick = { retry: { backoff: 1 } } as const;

describe("a run", () => {
  it("gives the result of its function, and the same again without running it", async () => {
    const journal = await journalPath();
    let runs = 0;
    const greet = flow("greet", async (run, name: string) => {
      runs += 1;
      return `${await run.step("greeting", () => "hello")} ${name}`;
    });
    expect(await greet.start("world", { id: "a", journal })).toBe("hello world");
    expect(await greet.start("world", { id: "a", journal })).toBe("hello world");
    expect(runs).toBe(1);
  });

  it("goes on after its last step when it is resumed", async () => {
    const journal = await journalPath();
    const done: string[] = [];
    const stop = new AbortController();
    const two = flow("two", async (run) => {
      await run.step("first", () => void done.push("first"));
      await run.step("second", (step) => {
        if (step.attempt === 1 && !stop.signal.aborted) stop.abort(new Error("Ctrl-C"));
        step.signal.throwIfAborted();
        done.push("second");
      });
      return done.length;
    });
    const failure = await failureOf(two.start(undefined, { id: "b", journal, signal: stop.signal }));
    expect(failure).toMatchObject({ code: "ERR_RUN_SUSPENDED", runId: "b", cause: new Error("Ctrl-C") });
    expect(await two.start(undefined, { id: "b", journal })).toBe(2);
    expect(done).toEqual(["first", "second"]);
  });

  it("runs no finally block when it is suspended", async () => {
    const journal = await journalPath();
    const stop = new AbortController();
    let cleanups = 0;
    const held = flow("held", async (run) => {
      try {
        await run.step("wait", ({ signal }) => {
          stop.abort();
          return new Promise((_resolve, reject) => (signal.aborted ? reject(signal.reason) : undefined));
        });
      } finally {
        cleanups += 1;
      }
    });
    expect(await failureOf(held.start(undefined, { journal, signal: stop.signal }))).toBeInstanceOf(FlowError);
    expect(cleanups).toBe(0);
  });

  it("is refused under an id that has another input, and finds equal inputs equal", async () => {
    const journal = await journalPath();
    const echo = flow("echo", async (_run, input: Record<string, number>) => input);
    await echo.start({ a: 1, b: 2 }, { id: "c", journal });
    expect(await echo.start({ b: 2, a: 1 }, { id: "c", journal })).toEqual({ a: 1, b: 2 });
    expect(await failureOf(echo.start({ a: 1, b: 3 }, { id: "c", journal }))).toMatchObject({ code: "ERR_RUN_ID" });
    const other = flow("other", () => 1);
    expect(await failureOf(other.start(undefined, { id: "c", journal }))).toMatchObject({ code: "ERR_RUN_ID" });
  });

  it("attaches to a run of the same id that goes on", async () => {
    const journal = await journalPath();
    let runs = 0;
    const slow = flow("slow", async (run) => {
      runs += 1;
      await run.sleep("a little", 20);
      return run.uuid();
    });
    const results = await Promise.all([1, 2, 3].map(() => slow.start(undefined, { id: "d", journal })));
    expect(new Set(results).size).toBe(1);
    expect(runs).toBe(1);
  });

  it("records time and chance", async () => {
    const journal = await journalPath();
    const seen: unknown[] = [];
    const stop = new AbortController();
    const chance = flow("chance", async (run) => {
      seen.push([await run.now(), await run.now(), await run.uuid(), await run.uuid()]);
      await run.step("stop", ({ signal }) => {
        if (seen.length === 1) stop.abort();
        signal.throwIfAborted();
      });
    });
    await failureOf(chance.start(undefined, { id: "e", journal, signal: stop.signal }));
    await chance.start(undefined, { id: "e", journal });
    expect(seen).toHaveLength(2);
    expect(seen[1]).toEqual(seen[0]);
  });
});

describe("a step", () => {
  it("is tried again, and fails for good after its attempts", async () => {
    const journal = await journalPath();
    const attempts: number[] = [];
    const failing = flow("failing", (run) =>
      run.step(
        "try",
        ({ attempt }) => {
          attempts.push(attempt);
          throw Object.assign(new Error("no luck"), { code: "E_LUCK" });
        },
        quick,
      ),
    );
    const failure = await failureOf(failing.start(undefined, { id: "f", journal }));
    expect(failure).toBeInstanceOf(RunError);
    expect(failure).toMatchObject({ code: "ERR_RUN_FAILED", errorCode: "E_LUCK", errorName: "Error" });
    expect(attempts).toEqual([1, 2, 3]);
    expect(await failureOf(failing.start(undefined, { id: "f", journal }))).toMatchObject({ code: "ERR_RUN_FAILED", errorCode: "E_LUCK" });
    expect(attempts).toEqual([1, 2, 3]);
  });

  it("is not tried again after a TerminalError, and throws the same when it is read from the journal", async () => {
    const journal = await journalPath();
    const caught: unknown[] = [];
    let attempts = 0;
    const stop = new AbortController();
    const missing = flow("missing", async (run) => {
      await run
        .step("find", () => {
          attempts += 1;
          throw new TerminalError("there is none");
        })
        .catch((error: unknown) => caught.push(error));
      await run.step("stop", ({ signal }) => {
        if (caught.length === 1) stop.abort();
        signal.throwIfAborted();
      });
    });
    await failureOf(missing.start(undefined, { id: "g", journal, signal: stop.signal }));
    await missing.start(undefined, { id: "g", journal });
    expect(attempts).toBe(1);
    expect(caught).toHaveLength(2);
    for (const error of caught) {
      expect(error).toBeInstanceOf(StepError);
      expect(error).toMatchObject({ stepId: "find", errorName: "TerminalError", message: "Run g: step find failed: there is none" });
    }
  });

  it("takes up a failed run where it failed, when that is asked for", async () => {
    const journal = await journalPath();
    const calls = { first: 0, second: 0 };
    const twice = flow("twice", async (run) => {
      await run.step("first", () => void (calls.first += 1));
      return run.step("second", () => {
        calls.second += 1;
        if (calls.second === 1) throw new TerminalError("not yet");
        return "now";
      });
    });
    await failureOf(twice.start(undefined, { id: "h", journal }));
    expect(await twice.start(undefined, { id: "h", journal, again: true })).toBe("now");
    expect(calls).toEqual({ first: 1, second: 2 });
  });

  it("fails after its timeout", async () => {
    const journal = await journalPath();
    let reason: unknown;
    const slow = flow("slow step", (run) =>
      run.step(
        "wait",
        ({ signal }) =>
          new Promise<undefined>(() => {
            signal.addEventListener("abort", () => (reason = signal.reason));
          }),
        { timeout: 10, retry: false },
      ),
    );
    expect(await failureOf(slow.start(undefined, { journal }))).toMatchObject({ errorCode: "ERR_STEP_TIMEOUT" });
    expect(reason).toMatchObject({ code: "ERR_STEP_TIMEOUT" });
  });

  it.each<[string, (run: Run) => Promise<unknown>]>([
    ["a step", (run) => Promise.all([run.step("same", () => 1), run.step("same", () => 2)])],
    ["a map", (run) => Promise.all([run.map("same", [1], () => 1), run.map("same", [1], () => 2)])],
  ])("of the same name in flight in one scope fails at once: %s", async (_what, body) => {
    const failure = await failureOf(flow("both", body).start(undefined, { journal: await journalPath() }));
    expect(failure).toMatchObject({ code: "ERR_RUN_FAILED", errorCode: "ERR_STEP_NAME" });
    expect(String(failure)).toContain("run.map");
  });

  it.each([
    ["$.list[1].at", { list: [1, { at: new Date(0) }] }, ".list[1].at is a Date"],
    ["NaN", Number.NaN, "the value is NaN"],
    ["a cycle", cyclic(), ".self leads back to itself"],
    ["a function", { run: () => 1 }, ".run is a function"],
    ["a bigint", [1n], "[0] is a bigint"],
  ])("whose result is not JSON fails, is not repeated, and names the place: %s", async (_what, value, place) => {
    let calls = 0;
    const odd = flow("odd", (run) =>
      run.step("odd", () => {
        calls += 1;
        return value;
      }),
    );
    const failure = await failureOf(odd.start(undefined, { journal: await journalPath() }));
    expect(failure).toMatchObject({ errorCode: "ERR_NOT_JSON" });
    expect(String(failure)).toContain(place);
    expect(calls).toBe(1);
  });
});

function cyclic(): object {
  const value: Record<string, unknown> = {};
  value["self"] = value;
  return value;
}

describe("a flow that was changed", () => {
  it("is told that a place holds another kind of thing", async () => {
    const journal = await journalPath();
    const stop = new AbortController();
    let isChanged = false;
    const shifting = flow("kinds", async (run) => {
      await (isChanged ? run.sleep("here", 1) : run.step("here", () => 1));
      await run.step("stop", ({ signal }) => {
        if (!isChanged) stop.abort();
        signal.throwIfAborted();
      });
    });
    await failureOf(shifting.start(undefined, { id: "k", journal, signal: stop.signal }));
    isChanged = true;
    const failure = await failureOf(shifting.start(undefined, { id: "k", journal }));
    expect(failure).toMatchObject({ errorCode: "ERR_FLOW_CHANGED" });
    expect(String(failure)).toContain("here is recorded as a step, and the flow now has a sleep there");
  });
});

describe("a map", () => {
  it("keeps the order of its items, and so many branches at a time", async () => {
    let running = 0;
    let most = 0;
    const numbers = flow("numbers", (run, count: number) =>
      run.map(
        "double",
        Array.from({ length: count }, (_each, index) => index),
        async (branch, item) => {
          running += 1;
          most = Math.max(most, running);
          const doubled = await branch.step("times two", () => item * 2);
          running -= 1;
          return doubled;
        },
        { concurrency: 4 },
      ),
    );
    expect(await numbers.start(20, { journal: await journalPath() })).toEqual(Array.from({ length: 20 }, (_each, index) => index * 2));
    expect(most).toBe(4);
  });

  it("refuses another list when the run is resumed", async () => {
    const journal = await journalPath();
    const lists = [
      [1, 2],
      [2, 3],
    ];
    const stop = new AbortController();
    const shifting = flow("shifting", async (run) => {
      const items = lists.shift() ?? [];
      await run.map(
        "each",
        items.map((id) => ({ id })),
        (branch, { id }) =>
          branch.step("work", ({ signal }) => {
            if (id === 1) stop.abort();
            signal.throwIfAborted();
          }),
      );
    });
    await failureOf(shifting.start(undefined, { id: "i", journal, signal: stop.signal }));
    expect(await failureOf(shifting.start(undefined, { id: "i", journal }))).toMatchObject({ errorCode: "ERR_FLOW_CHANGED" });
  });

  it("refuses two items of one key", async () => {
    const twins = flow("twins", (run) => run.map("each", [{ id: 7 }, { id: 7 }], () => 1));
    const failure = await failureOf(twins.start(undefined, { journal: await journalPath() }));
    expect(String(failure)).toContain("items 0 and 1 have the same key");
  });

  it("begins no further item after a failure, and waits for those under way", async () => {
    const ended: number[] = [];
    const failing = flow("failing map", (run) =>
      run.map(
        "each",
        [0, 1, 2, 3],
        async (branch, item) => {
          await branch.step("work", async () => {
            if (item === 0) throw new TerminalError("the first");
            await new Promise((resolve) => setTimeout(resolve, 5));
          });
          ended.push(item);
        },
        { concurrency: 2 },
      ),
    );
    const failure = await failureOf(failing.start(undefined, { journal: await journalPath() }));
    expect(String(failure)).toContain("the first");
    expect(ended).toEqual([1]);
  });
});

describe("a called flow", () => {
  const double = flow("double", (run, value: number) => run.step("double", () => value * 2));

  it("is a run of its own, whose result is recorded in both", async () => {
    const journal = await journalPath();
    const caller = flow("caller", async (run) => [
      await run.call("one", double, 21),
      ...(await run.callAll("many", double, [1, 2, 3], { concurrency: 2 })),
    ]);
    expect(await caller.start(undefined, { id: "j", journal })).toEqual([42, 2, 4, 6]);
    expect(await double.start(21, { id: "j/one", journal })).toBe(42);
  });

  it("fails its caller's step when it fails", async () => {
    const failing = flow("failing", (run): Promise<never> =>
      run.step("no", () => {
        throw new TerminalError("never");
      }),
    );
    const caller = flow("caller of it", (run) => run.call("it", failing, undefined));
    expect(await failureOf(caller.start(undefined, { journal: await journalPath() }))).toMatchObject({ errorName: "TerminalError" });
  });
});

describe("what a run has recorded", () => {
  it("is told place by place, with the times of each", async () => {
    const engine = localEngine({ journal: await journalPath() });
    const told = flow("told", async (run) => {
      await run.step("one", () => ({ count: 1 }));
      await run.map("list", ["a", "b"], (branch, item) => branch.step("two", () => item));
      await run.step("three", () => Promise.reject(new TerminalError("there is no three")));
    });
    const before = Date.now();
    await failureOf(told.start(undefined, { id: "t", engine }));
    const steps = engine.steps("t");
    expect(steps.map(({ id, state }) => `${id} ${state}`).sort()).toEqual([
      "list[0]/two done",
      "list[1]/two done",
      "list[] done",
      "one done",
      "three failed",
    ]);
    expect(steps.find(({ id }) => id === "one")).toMatchObject({ kind: "step", attempt: 1, value: { count: 1 }, error: undefined });
    expect(steps.find(({ id }) => id === "three")?.error).toMatchObject({ name: "TerminalError", message: "there is no three" });
    for (const { begunAt, recordedAt } of steps) {
      expect(begunAt.getTime()).toBeGreaterThanOrEqual(before);
      expect(recordedAt.getTime()).toBeGreaterThanOrEqual(begunAt.getTime());
    }
    expect(engine.steps("unknown")).toEqual([]);
    await engine.close();
  });
});
