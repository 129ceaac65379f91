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
  // Made at the first unsafe request: most steps have none.
  #counts: Map<string, number> | undefined;
  #inFlight: Set<string> | undefined;
  #intents: Intent[] | undefined;
  #writing: Promise<void> | undefined;
  #isClosed = false;

  constructor(place: StepPlace) {
    this.#place = place;
  }

  /** Something went out that cannot simply be repeated. */
  get isRisky(): boolean {
    return this.#intents?.some(({ isRepeatable }) => !isRepeatable) === true;
  }

  /** The attempt has ended: what its function left running may change nothing any more, for nobody would know of it. */
  close(): void {
    this.#isClosed = true;
  }

  /** @throws FlowError ERR_STEP_KEY while an equal request without a key of its own is in flight; ERR_OUTSIDE_STEP after the step has ended */
  begin(request: UnsafeRequest): RequestTicket {
    if (this.#isClosed) throw this.#tooLate(request);
    const { method, url, redactedUrl, hasOwnKey, isRepeatable } = request;
    const name = `${method} ${url}`;
    let key: string | undefined;
    if (!hasOwnKey) {
      const inFlight = (this.#inFlight ??= new Set());
      if (inFlight.has(name)) throw this.#ambiguous(request);
      const counts = (this.#counts ??= new Map<string, number>());
      const occurrence = (counts.get(name) ?? 0) + 1;
      counts.set(name, occurrence);
      inFlight.add(name);
      key = idempotencyKey({ runId: this.#place.runId, stepId: this.#place.stepId, method, url, occurrence });
    }
    this.#intend({ method, url: redactedUrl, key, isRepeatable });
    return { key, ready: this.#writing, end: () => void (hasOwnKey || this.#inFlight?.delete(name)) };
  }

  /** The first request is written down, and the first that cannot be repeated; further ones would change no decision. */
  #intend(intent: Intent): void {
    const intents = (this.#intents ??= []);
    if (intents.length > 0 && (intent.isRepeatable || this.isRisky)) return;
    intents.push(intent);
    const before = this.#writing;
    const own = this.#place.intend([...intents]);
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

  #tooLate({ method, redactedUrl }: UnsafeRequest): FlowError {
    return new FlowError({
      code: "ERR_OUTSIDE_STEP",
      message: `${method} ${redactedUrl}: step ${this.#place.stepId} of run ${this.#place.runId} has ended; a request that it left behind would be in no record`,
      hint: "Await every request in its step.",
      runId: this.#place.runId,
    });
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
