import type { RequestTicket, UnsafeRequest } from "../client/index.ts";
import type { Intent } from "./engine.ts";
import { FlowError } from "./flow-error.ts";
import { idempotencyKey } from "./idempotency-key.ts";

export interface StepPlace {
  readonly runId: string;
  readonly stepId: string;
  /** Writes the intents of the attempt down. */
  readonly intend: (intents: readonly Intent[]) => Promise<void>;
}

/** The unsafe requests of one attempt at a step: their keys, and what is written down before they leave. */
export class StepRequests {
  readonly #place: StepPlace;
  readonly #counts = new Map<string, number>();
  readonly #inFlight = new Set<string>();
  readonly #intents: Intent[] = [];
  #writing: Promise<void> | undefined;

  constructor(place: StepPlace) {
    this.#place = place;
  }

  /** Something went out that cannot simply be repeated. */
  get isRisky(): boolean {
    return this.#intents.some(({ isRepeatable }) => !isRepeatable);
  }

  /** @throws FlowError ERR_STEP_KEY while an equal request without a key of its own is in flight */
  begin(request: UnsafeRequest): RequestTicket {
    const { method, url, redactedUrl, hasOwnKey, isRepeatable } = request;
    const name = `${method} ${url}`;
    let key: string | undefined;
    if (!hasOwnKey) {
      if (this.#inFlight.has(name)) throw this.#ambiguous(request);
      const occurrence = (this.#counts.get(name) ?? 0) + 1;
      this.#counts.set(name, occurrence);
      this.#inFlight.add(name);
      key = idempotencyKey({ runId: this.#place.runId, stepId: this.#place.stepId, method, url, occurrence });
    }
    this.#intend({ method, url: redactedUrl, key, isRepeatable });
    return { key, ready: this.#writing, end: () => void (hasOwnKey || this.#inFlight.delete(name)) };
  }

  /** The first request is written down, and the first that cannot be repeated; further ones would change no decision. */
  #intend(intent: Intent): void {
    if (this.#intents.length > 0 && (intent.isRepeatable || this.isRisky)) return;
    this.#intents.push(intent);
    const before = this.#writing;
    const own = this.#place.intend([...this.#intents]);
    const writing = before === undefined ? own : Promise.all([before, own]).then(() => undefined);
    this.#writing = writing;
    writing.then(
      () => {
        if (this.#writing === writing) this.#writing = undefined;
      },
      // Whoever waits for it is told; later requests of the step are refused by it too.
      () => undefined,
    );
  }

  #ambiguous({ method, redactedUrl }: UnsafeRequest): FlowError {
    return new FlowError({
      code: "ERR_STEP_KEY",
      message: `${method} ${redactedUrl}: step ${this.#place.stepId} has an equal request in flight; after a crash their idempotency keys could change places`,
      hint: 'Give each one its own: { idempotencyKey: "..." }, or make them one after the other.',
      runId: this.#place.runId,
    });
  }
}
