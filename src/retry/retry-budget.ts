import { InvalidRequestError } from "../errors/index.ts";

export interface RetryBudgetOptions {
  /** Tokens of a full bucket. @default 500 */
  readonly capacity?: number;
}

/**
 * The token bucket that keeps retries from making an outage worse, one per session and origin.
 *
 * Retries take tokens (see {@link retryCost}) and none flow in by time: only calls that succeed give back. So callers of a server that
 * answers nothing but 503 stop repeating after a hundred retries, however many callers there are. Numbers as in the AWS SDKs' standard mode
 * (https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html).
 */
export class RetryBudget {
  readonly #capacity: number;
  #available: number;

  /** @throws InvalidRequestError ERR_INVALID_OPTION when `capacity` is not a number of 0 or more */
  constructor(options: RetryBudgetOptions = {}) {
    const capacity = options.capacity ?? 500;
    if (!(Number.isFinite(capacity) && capacity >= 0)) {
      throw new InvalidRequestError({
        code: "ERR_INVALID_OPTION",
        message: `capacity of the retry budget: ${String(capacity)} cannot be used. It takes a number of tokens, 0 or more`,
      });
    }
    this.#capacity = capacity;
    this.#available = capacity;
  }

  /** Tokens left. */
  get available(): number {
    return this.#available;
  }

  /** Takes the tokens if all of them are there; false, and nothing taken, if not. */
  tryTake(cost: number): boolean {
    if (cost > this.#available) return false;
    this.#available -= cost;
    return true;
  }

  /** Gives tokens back, up to the capacity: after a retry that succeeded what it cost, after a success at the first try {@link firstTryRefund}. */
  refund(amount: number): void {
    this.#available = Math.min(this.#capacity, this.#available + amount);
  }
}
