import { randomUUID } from "node:crypto";
import { durationMs, type Duration } from "../retry/index.ts";
import { inBranches, sameList } from "./branches.ts";
import { callRun } from "./call-run.ts";
import type { Flow } from "./flow.ts";
import { mapKeys, type KeyOf } from "./map-keys.ts";
import type { RunControl } from "./run-control.ts";
import { atPlace, stopOrThrow, throwIfCancelled } from "./run-place.ts";
import { runStep, type Step } from "./run-step.ts";
import { tellWaiting } from "./signal-channel.ts";
import { checkConcurrency, stepPolicy, type StepOptions } from "./step-options.ts";
import { branchPrefix, StepScope } from "./step-scope.ts";
import { fromStored } from "./stored-value.ts";

/** How a list is worked on. */
export interface MapOptions<I> {
  /** Items at a time. @default 64 */
  readonly concurrency?: number;
  /** What an item's steps are found by when the run is resumed: a text that no other item has. @default the item's `id`, else its index */
  readonly key?: KeyOf<I>;
}

/** A century: a run may sleep for longer than a timer can. */
const longestSleepMs = 100 * 365 * 86_400_000;

/**
 * A run of a flow, or one branch of a map in it. What goes through its methods is recorded, and not done again when the run is resumed.
 *
 * Between them only pure code belongs: no request, no clock, no chance.
 */
export class Run {
  /** The id that start() was given; the same whenever the run is resumed. */
  readonly id: string;
  readonly #control: RunControl;
  readonly #scope: StepScope;

  /** @internal */
  constructor(control: RunControl, prefix?: string) {
    this.id = control.run.id;
    this.#control = control;
    this.#scope = new StepScope(control.run.id, prefix);
  }

  /**
   * Does something once: its result, which must be JSON, is recorded and given back when the run is resumed.
   *
   * Requests of a Session belong in here. Unsafe ones carry an `Idempotency-Key` that stays the same when the step is repeated.
   * @throws StepError when it failed for good; FlowError ERR_STEP_NAME while another step of that name is in flight in the scope
   */
  async step<T>(name: string, fn: (step: Step) => T | Promise<T>, options?: StepOptions<Awaited<T>>): Promise<Awaited<T>> {
    const policy = stepPolicy(options);
    const work = async (step: Step): Promise<Awaited<T>> => await fn(step);
    return this.#at({ name, kind: "step" }, (fresh) => runStep(this.#control, fresh, { fn: work, policy }));
  }

  /**
   * Does something for each item, several at a time; each item has a scope of its own for its steps.
   * @throws FlowError ERR_FLOW_CHANGED when the run is resumed with another list
   */
  async map<I, O>(
    name: string,
    items: readonly I[],
    ...[fn, options = {}]: readonly [fn: (branch: Run, item: I, index: number) => O | Promise<O>, options?: MapOptions<I>]
  ): Promise<O[]> {
    const concurrency = checkConcurrency(options.concurrency ?? 64);
    const keys = mapKeys(name, items, options.key);
    return this.#around(name, async (id) => {
      await this.#sameList({ id, kind: "map" }, keys);
      const work = async (item: I, index: number): Promise<O> =>
        fn(new Run(this.#control, branchPrefix(id, keys[index] ?? "")), item, index);
      return inBranches({ items, concurrency, work, isStuck: this.#stuckIn(id, keys) });
    });
  }

  /** Runs another flow as a run of its own, and waits for its result. @throws StepError when it failed */
  async call<I, O>(name: string, flow: Flow<I, O>, input: I): Promise<O> {
    return this.#at({ name, kind: "call" }, ({ id }) => callRun(this.#control, { id, runId: `${this.id}/${id}`, flow, input }));
  }

  /** Runs another flow for each input, each as a run of its own. @throws StepError when one failed */
  async callAll<I, O>(
    name: string,
    flow: Flow<I, O>,
    ...[inputs, options = {}]: readonly [inputs: readonly I[], options?: MapOptions<I>]
  ): Promise<O[]> {
    const concurrency = checkConcurrency(options.concurrency ?? 64);
    const keys = mapKeys(name, inputs, options.key);
    return this.#around(name, async (id) => {
      await this.#sameList({ id, kind: "call" }, keys);
      const work = (input: I, index: number): Promise<O> =>
        new Run(this.#control, branchPrefix(id, keys[index] ?? "")).call("run", flow, input);
      return inBranches({ items: inputs, concurrency, work, isStuck: this.#stuckIn(id, keys) });
    });
  }

  /** Waits, over restarts too: until the time that was recorded when it was first reached. */
  async sleep(name: string, duration: Duration): Promise<void> {
    const ms = durationMs(duration, "sleep", { maxMs: longestSleepMs });
    await this.#wait({ name, kind: "sleep" }, async (signal, id) => {
      const { run } = this.#control;
      const atMs = await this.#valueAt(`${id}#until`, () => run.now() + ms);
      await run.sleepUntil(atMs, signal);
      return undefined;
    });
  }

  /** Waits for a value from outside, e.g. an approval: `engine.signal(run.id, name, value)`. In a branch the name has its prefix: `posts[7]/name`. */
  async signal<T = unknown>(name: string): Promise<T> {
    return this.#wait<T>({ name, kind: "signal" }, async (signal, id) => {
      const { run } = this.#control;
      // So that whoever looks at the run sees what it waits for.
      await run.record(id, { state: "intent", kind: "signal", attempt: 1, intents: [] });
      const arriving = run.receive(id, signal);
      tellWaiting(arriving, { runId: run.id, name: id });
      return arriving;
    });
  }

  /** Milliseconds since the epoch, recorded. The name tells calls apart that are in flight at the same time. */
  now(name = "now"): Promise<number> {
    return this.#value(name, () => this.#control.run.now());
  }

  /** A UUID, recorded. */
  uuid(name = "uuid"): Promise<string> {
    return this.#value(name, randomUUID);
  }

  #at<T>(place: Pick<Parameters<typeof atPlace>[0], "name" | "kind">, work: Parameters<typeof atPlace<T>>[1]): Promise<T> {
    return atPlace({ control: this.#control, scope: this.#scope, ...place }, work);
  }

  #value<T extends string | number>(name: string, make: () => T): Promise<T> {
    return this.#at({ name, kind: "value" }, ({ id }) => this.#valueAt(id, make));
  }

  async #valueAt<T extends string | number>(id: string, make: () => T): Promise<T> {
    const found = await this.#control.run.lookup(id);
    if (found?.state === "done") return fromStored(found.value) as T;
    const value = make();
    await this.#control.run.record(id, { state: "done", kind: "value", attempt: 1, value: JSON.stringify(value) });
    return value;
  }

  #stuckIn(id: string, keys: readonly string[]): Parameters<typeof inBranches>[0]["isStuck"] {
    const { planner } = this.#control;
    return planner === undefined ? undefined : (index, work) => planner.unlessStuck(branchPrefix(id, keys[index] ?? ""), work);
  }

  #sameList(place: Parameters<typeof sameList>[1], keys: readonly string[]): Promise<void> {
    return sameList(this.#control, place, keys).catch((error: unknown) => stopOrThrow(this.#control, error));
  }

  /** A place that has no record of its own: what is inside has. */
  async #around<T>(name: string, work: (id: string) => Promise<T>): Promise<T> {
    const id = this.#scope.enter(name);
    try {
      return await work(id);
    } finally {
      this.#scope.leave(name);
    }
  }

  /** Waits for a JSON text, and records it. A cancellation ends the wait. */
  #wait<T>(
    { name, kind }: { readonly name: string; readonly kind: "sleep" | "signal" },
    wait: (signal: AbortSignal, id: string) => Promise<string | undefined>,
  ): Promise<T> {
    return this.#at({ name, kind }, async ({ id }) => {
      const control = this.#control;
      const { signal } = control;
      let value: string | undefined;
      try {
        value = await wait(signal, id);
      } catch (error) {
        await throwIfCancelled(control, { id, kind, attempt: 1, signal, cause: error });
        throw error;
      }
      await control.run.record(id, { state: "done", kind, attempt: 1, value });
      return fromStored(value) as T;
    });
  }
}
