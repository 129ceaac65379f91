import type { OwnedRun, StepRecord } from "../engine.ts";
import { never } from "../run-control.ts";
import type { Planner } from "./planner.ts";

/** What was recorded of a run so far, by place. */
export type Recorded = (runId: string) => ReadonlyMap<string, StepRecord>;

/** A run that records nothing: what is recorded of it already is given back, sleeps are over at once, signals never come. */
export class PlanRun implements OwnedRun {
  readonly id: string;
  readonly isCancelled = false;
  onCancel: (() => void) | undefined;
  readonly #planner: Planner;
  /** A sleep asks for it when it makes out its end. */
  #lastNowMs = 0;
  readonly #lost = new AbortController();
  readonly #recorded: ReadonlyMap<string, StepRecord>;

  constructor(id: string, planner: Planner, recorded: Recorded | undefined) {
    this.id = id;
    this.#planner = planner;
    this.#recorded = recorded?.(id) ?? new Map<string, StepRecord>();
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  now(): number {
    this.#lastNowMs = this.#planner.now();
    return this.#lastNowMs;
  }

  lookup(stepId: string): StepRecord | undefined {
    const found = this.#recorded.get(stepId);
    if (found !== undefined && found.state !== "intent") this.#planner.recorded(`${this.id}/${stepId}`, found.kind);
    return found;
  }

  async record(stepId: string, record: StepRecord): Promise<void> {
    // The end of a sleep is recorded when it begins.
    if (record.kind !== "value" || record.state !== "done" || !stepId.endsWith(untilMark)) return;
    const draft = this.#planner.begin(`${this.id}/${stepId.slice(0, -untilMark.length)}`, "sleep");
    draft.state = "done";
    draft.sleepMs = Number(record.value) - this.#lastNowMs;
  }

  async cancellationGiven(): Promise<void> {}

  async sleepUntil(atMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#planner.skipTo(atMs);
  }

  receive(signalId: string): Promise<never> {
    const place = `${this.id}/${signalId}`;
    this.#planner.hold(place, this.#planner.begin(place, "signal"), "waits");
    return never();
  }

  async end(): Promise<void> {}

  async release(): Promise<void> {}
}

/** Names cannot have it: there it is escaped. */
const untilMark = "#until";
