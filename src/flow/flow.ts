import { randomUUID } from "node:crypto";
import { currentRunScope } from "../client/index.ts";
import { InvalidRequestError } from "../errors/index.ts";
import type { Engine } from "./engine.ts";
import { executeRun } from "./execute-run.ts";
import type { PlanOptions } from "./plan/plan-of-flow.ts";
import type { FlowPlan } from "./plan/plan-result.ts";
import type { Run } from "./run.ts";
import { refuseUnknown } from "./step-options.ts";
import { checkOnUncertain, type Answer } from "./uncertain.ts";

/** How a run is started, or taken up again. */
export interface StartOptions {
  /** The same id is the same run: it goes on where it was left, is waited for, or gives its result. @default a new UUID */
  readonly id?: string;
  /** What keeps the run. @default this machine's journal */
  readonly engine?: Engine;
  /** The journal's file. @default `$ERRAND_HOME/runs.db`, else `.errand/runs.db` of the project */
  readonly journal?: string;
  /** Suspends the run: its requests are aborted, and it can be resumed. @default none */
  readonly signal?: AbortSignal;
  /** About steps that may have been done and whose `onUncertain` is "ask". @default such a run stops with UncertainStepError */
  readonly uncertain?: Answer;
  /** A run that failed goes on: its failed steps are tried again. @default false */
  readonly again?: boolean;
}

const optionNames: ReadonlySet<string> = new Set(["id", "engine", "journal", "signal", "uncertain", "again"]);

/** A program whose runs survive their process; made by `flow()`. */
export class Flow<I, O> {
  readonly name: string;
  /** What a run does. */
  readonly fn: (run: Run, input: I) => O | Promise<O>;

  static {
    // By this `errand run` knows a flow: the module that exports it has a copy of errand of its own, and so another class.
    Object.defineProperty(this.prototype, Symbol.for("errand.flow.v1"), { value: true });
  }

  constructor(name: string, fn: (run: Run, input: I) => O | Promise<O>) {
    if (typeof name !== "string" || name === "" || name.length > 200) throw invalid("flow: its name is a text of 1 to 200 characters");
    if (typeof fn !== "function") throw invalid(`flow ${JSON.stringify(name)}: what it does is a function of run and input`);
    this.name = name;
    this.fn = fn;
  }

  /**
   * Starts a run and waits for its result; with the id of an earlier one, goes on with that.
   * @throws RunError when it failed or was cancelled; FlowError ERR_RUN_SUSPENDED, ERR_RUN_TAKEN_OVER, ERR_RUN_ID; UncertainStepError; JournalError
   */
  async start(input: I, options: StartOptions = {}): Promise<O> {
    refuseUnknown(options, optionNames, "");
    const { id = randomUUID(), engine, journal, signal, uncertain, again = false } = options;
    if (typeof id !== "string" || !/^[\x21-\x7e]{1,200}$/.test(id)) throw invalid("id takes a text of 1 to 200 visible ASCII characters");
    if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid("signal takes an AbortSignal");
    if (uncertain !== undefined) checkOnUncertain(uncertain, "uncertain");
    if (engine !== undefined && journal !== undefined) throw invalid("engine and journal cannot be given together: an engine has its own");
    const plan = currentRunScope()?.plan;
    if (plan !== undefined) {
      const { startInPlan } = await import("./plan/start-in-plan.ts");
      return (await startInPlan(plan, { id, flow: this.name, fn: this.fn, input, signal })) as O;
    }
    const common = { id, flow: this.name, fn: this.fn, input, again, signal, answer: uncertain, random: Math.random };
    if (engine !== undefined) return (await executeRun({ ...common, engine })) as O;
    // Node's SQLite is loaded by those who run flows on it.
    const { borrowEngine } = await import("./local/shared-engine.ts");
    const { engine: local, giveBack } = borrowEngine(journal);
    try {
      return (await executeRun({ ...common, engine: local })) as O;
    } finally {
      await giveBack();
    }
  }

  /**
   * Tells what a run would do, and does nothing of it: requests that change nothing go out, all others are listed. A step of which one was
   * held back does not end, and what depends on it is not known; other branches go on.
   *
   * Never throws for what the run would fail with: that is `stoppedBy`.
   */
  async plan(input: I, options: PlanOptions = {}): Promise<FlowPlan<O>> {
    const { planOfFlow } = await import("./plan/plan-of-flow.ts");
    return (await planOfFlow({ flow: this.name, fn: this.fn, input }, options)) as FlowPlan<O>;
  }
}

/**
 * A durable program: steps that were done are not done again, whatever happens to the process.
 *
 * @example
 * const publish = flow("publish", async (run, { title }: { title: string }) => {
 *   const post = await run.step("create", () => api.post("/posts", { json: { title } }).json<{ id: number }>());
 *   await run.sleep("settle", "1m");
 *   return run.step("read", () => api.get(`/posts/${post.id}`).json());
 * });
 * await publish.start({ title: "hello" }, { id: "publish-7" });
 */
export function flow<I = undefined, O = unknown>(name: string, fn: (run: Run, input: I) => O | Promise<O>): Flow<I, O> {
  return new Flow(name, fn);
}

function invalid(message: string): InvalidRequestError {
  return new InvalidRequestError({ code: "ERR_INVALID_OPTION", message });
}
