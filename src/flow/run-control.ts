import { setMaxListeners } from "node:events";
import type { OwnedRun, StoredError } from "./engine.ts";
import { FlowError } from "./flow-error.ts";
import type { Fresh } from "./run-place.ts";
import type { StepWork } from "./run-step.ts";
import type { Answer } from "./uncertain.ts";

/** Marks the record of a step that was given its own run's cancellation; a called run that was cancelled is a failure like others. */
export const cancelledName = "RunCancelled";

/** Steps that do not heed their signal are waited for this long when a run stops. */
const graceMs = 2000;

/** A run that another one calls. */
export interface ChildRun {
  readonly id: string;
  readonly flow: string;
  readonly fn: (run: never, input: never) => unknown;
  readonly input: unknown;
  readonly parent: RunControl;
  /** Of the calling step: aborted when the caller is cancelled. */
  readonly cancelSignal: AbortSignal;
}

export interface ControlInit {
  readonly run: OwnedRun;
  readonly random: () => number;
  /** What start() was told about steps that may have been done. */
  readonly answer: Answer | undefined;
  /** Runs another run on the same engine to its end. */
  readonly execute: (child: ChildRun) => Promise<unknown>;
  /** Of a run that is only planned. */
  readonly planner?: RunPlanner;
}

/** What a plan does in place of a run. */
export interface RunPlanner {
  step<T>(fresh: Fresh, work: StepWork<T>): Promise<T>;
  /** Waits for a branch's work; true when it will not go on. */
  unlessStuck(prefix: string, work: Promise<void>): Promise<boolean>;
}

/** One run in this process: what is in flight, and how it is stopped or cancelled. */
export class RunControl {
  readonly run: OwnedRun;
  readonly random: () => number;
  readonly answer: Answer | undefined;
  readonly execute: ControlInit["execute"];
  readonly planner: RunPlanner | undefined;
  /** Rejects when the run must stop here; otherwise it never settles. */
  readonly stopped: Promise<never>;
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly #stop = newController();
  #steps = newController();
  #reject: (reason: unknown) => void = () => undefined;
  #isCancelling: boolean;

  constructor({ run, random, answer, execute, planner }: ControlInit) {
    this.planner = planner;
    this.execute = execute;
    this.run = run;
    this.random = random;
    this.answer = answer;
    this.#isCancelling = run.isCancelled;
    this.stopped = new Promise((_resolve, reject) => {
      this.#reject = reject;
    });
    // Raced by whoever runs the flow; a run that ended has nobody left who listens.
    this.stopped.catch(() => undefined);
    run.onCancel = () => this.cancel();
    if (run.lost.aborted) this.stop(run.lost.reason);
    else run.lost.addEventListener("abort", () => this.stop(run.lost.reason), { once: true });
  }

  /** Aborted when the step in flight shall end: the run stops, or is cancelled. */
  get signal(): AbortSignal {
    return this.#steps.signal;
  }

  /** Aborted when the run stops in this process. */
  get stopSignal(): AbortSignal {
    return this.#stop.signal;
  }

  get isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Stops the run in this process: nothing more begins, no finally block runs, and it can be resumed. */
  stop(reason: unknown): void {
    if (this.isStopped) return;
    this.#stop.abort(reason);
    this.#steps.abort(reason);
    this.#reject(reason);
  }

  /** Ends the steps in flight, or the next one, with an error. What the flow does about it, runs. */
  cancel(): void {
    if (this.isStopped || this.#isCancelling) return;
    this.#isCancelling = true;
    const runId = this.run.id;
    this.#steps.abort(new FlowError({ code: "ERR_RUN_CANCELLED", message: `Run ${runId} was cancelled`, runId }));
  }

  /** The cancellation that a step takes; undefined when there is none. Those in flight each take it, later ones run. */
  takeCancellation(signal: AbortSignal): StoredError | undefined {
    const wasInFlight = signal.aborted && !this.isStopped;
    if (!this.#isCancelling && !wasInFlight) return undefined;
    if (this.#isCancelling) {
      this.#isCancelling = false;
      this.#steps = newController();
    }
    return { name: cancelledName, message: `Run ${this.run.id} was cancelled`, code: "ERR_RUN_CANCELLED" };
  }

  /** Work that a stopping run waits for. */
  async track<T>(work: Promise<T>): Promise<T> {
    this.#inFlight.add(work);
    try {
      return await work;
    } finally {
      this.#inFlight.delete(work);
    }
  }

  /** Waits for the steps in flight: one that still ends well is not repeated. */
  async settle(): Promise<void> {
    if (this.#inFlight.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceMs);
    });
    await Promise.race([Promise.allSettled(this.#inFlight), grace]);
    clearTimeout(timer);
  }
}

/** Of a run that stopped here: neither its then nor its finally may run, for the run is not over. */
export function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** As many steps as a map is wide listen to it. */
function newController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
