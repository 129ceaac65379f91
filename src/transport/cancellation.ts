import type { RequestError, TimeoutPhase } from "../errors/index.ts";

/**
 * Stops an exchange in whatever phase it is, with the error the caller shall see.
 *
 * Cheaper than an AbortController: one object, one listener, no event.
 */
export class Cancellation {
  /** Where the exchange is; the transport keeps it up to date, timeouts report it. */
  phase: TimeoutPhase = "queue";
  #reason: RequestError | undefined;
  #listener: ((reason: RequestError) => void) | undefined;

  get reason(): RequestError | undefined {
    return this.#reason;
  }

  cancel(reason: RequestError): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#listener?.(reason);
  }

  /** Replaces the listener; `undefined` removes it. */
  onCancel(listener: ((reason: RequestError) => void) | undefined): void {
    this.#listener = listener;
  }
}
