import { CircuitBreaker } from "./circuit-breaker.ts";
import { systemClock, type Clock } from "./clock.ts";
import { ConcurrencyLimit, type Permit } from "./concurrency-limit.ts";
import { RateLimit } from "./rate-limit.ts";
import type { LimitPolicy } from "./resolve-limits.ts";
import type { MakeReason, Waiter } from "./wait-line.ts";

/** Nothing to give back: there is a rate, but no limit of concurrency. */
const freePermit: Permit = { release: () => undefined };

/** What holds the calls of a session, and of those extended from it, back. */
export class Limits {
  readonly breaker: CircuitBreaker | undefined;
  readonly #concurrency: ConcurrencyLimit | undefined;
  readonly #rate: RateLimit | undefined;

  constructor(policy: LimitPolicy, clock: Clock = systemClock) {
    this.breaker = policy.breaker && new CircuitBreaker(policy.breaker, clock);
    this.#concurrency = policy.concurrency === undefined ? undefined : new ConcurrencyLimit(policy.concurrency);
    this.#rate = policy.rate && new RateLimit(policy.rate, clock);
  }

  /** Calls in line, for a free place or for their turn by the rate. */
  get waiting(): number {
    return (this.#concurrency?.waiting ?? 0) + (this.#rate?.waiting ?? 0);
  }

  /**
   * Leave to start one attempt, at once where nothing holds it back. Start it right away; release the permit when its body has ended.
   *
   * First the place, then the token of the rate: a token taken before would be spent late, together with others, when places become free.
   * The promise rejects with `waiter.reason` when the waiter gives up, and with the reason of {@link close}; then nothing is held.
   */
  acquire(waiter?: Waiter): Permit | Promise<Permit> {
    const permit = this.#concurrency?.acquire(waiter) ?? freePermit;
    if (this.#rate === undefined) return permit;
    return permit instanceof Promise ? permit.then((held) => pace(held, this.#rate, waiter)) : pace(permit, this.#rate, waiter);
  }

  /** Rejects all who wait and who come later; what is under way goes on. */
  close(makeReason: MakeReason): void {
    this.#concurrency?.close(makeReason);
    this.#rate?.close(makeReason);
  }
}

function pace(permit: Permit, rate: RateLimit | undefined, waiter: Waiter | undefined): Permit | Promise<Permit> {
  const turn = rate?.acquire(waiter);
  if (turn === undefined) return permit;
  return turn.then(
    () => permit,
    (reason: unknown) => {
      permit.release();
      throw reason;
    },
  );
}
