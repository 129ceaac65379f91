import type { RequestError, TimeoutPhase } from "../errors/index.ts";

/** What a {@link Cancellation} stops. */
export interface Cancellable {
  onCancelled(reason: RequestError): void;
}

/**
 * Stops an exchange in whatever phase it is, with the error the caller shall see.
 *
 * Cheaper than an AbortController: one object, one listener, no event.
 */
export class Cancellation {
  /** Where the exchange is; the transport keeps it up to date, timeouts report it. */
  phase: TimeoutPhase = "prepare";
  /** Set once cancelled. */
  reason: RequestError | undefined;
  /** What to stop at present. */
  target: Cancellable | undefined;

  cancel(reason: RequestError): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    this.target?.onCancelled(reason);
  }
}
