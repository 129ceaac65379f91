/** A failure of the next calls, webhook or Web API. */
export interface SlackFailure {
  /** Default 500. 200 makes a Web API error of the usual kind: `{"ok":false,"error":...}`. */
  readonly status?: number;
  /** Slack's error word. Default: ratelimited (rate_limited of webhooks) for 429, internal_error (rollup_error of webhooks) otherwise. */
  readonly error?: string;
  /** Seconds, as Retry-After header, and in the body of webhooks. */
  readonly retryAfter?: number;
  /** How many calls. Default 1. */
  readonly times?: number;
  /** True: the message is posted all the same, and only the answer is wrong: the case in which a repeat posts twice. */
  readonly isDelivered?: boolean;
  /** True: the connection is reset instead of an answer. */
  readonly isReset?: boolean;
}

/** The failures to come, in order. */
export class FailureQueue {
  readonly #failures: { readonly failure: SlackFailure; left: number }[] = [];

  add(failure: SlackFailure): void {
    this.#failures.push({ failure, left: failure.times ?? 1 });
  }

  take(): SlackFailure | undefined {
    const first = this.#failures[0];
    if (first === undefined) return undefined;
    first.left -= 1;
    if (first.left <= 0) this.#failures.shift();
    return first.failure;
  }
}
