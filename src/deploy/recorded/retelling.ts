import type { NewDeployEvent } from "../events.ts";
import type { StepWatcher } from "./run-steps.ts";

/** Events that open something: they are told when what they open is done now. */
const openings: ReadonlySet<NewDeployEvent["type"]> = new Set(["checksStarted", "rolloutStarted", "rollingBack"]);

/** Keeps a resumed run from telling what an earlier process did as if it happened now: it is summed up in one event, and told on from there. */
export class Retelling implements StepWatcher {
  readonly #tell: (event: NewDeployEvent) => void;
  readonly #resumed: (done: readonly string[]) => NewDeployEvent;
  readonly #done: string[] = [];
  #opened: NewDeployEvent[] = [];
  #isLive = false;

  /** @param resumed makes the event that sums up */
  constructor(tell: (event: NewDeployEvent) => void, resumed: (done: readonly string[]) => NewDeployEvent) {
    this.#tell = tell;
    this.#resumed = resumed;
  }

  emit(event: NewDeployEvent): void {
    if (this.#isLive) this.#tell(event);
    else if (openings.has(event.type)) this.#opened.push(event);
  }

  replayed(name: string): void {
    // A run in this process does not go back to what was recorded before it.
    if (this.#isLive) return;
    this.#done.push(name);
    this.#opened = [];
  }

  /** From here on everything happens now. */
  live(): void {
    if (this.#isLive) return;
    this.#isLive = true;
    if (this.#done.length > 0) this.#tell(this.#resumed(this.#done));
    for (const event of this.#opened.splice(0)) this.#tell(event);
  }
}
