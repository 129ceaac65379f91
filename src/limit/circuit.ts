import type { BreakerPolicy, CircuitState } from "./breaker-options.ts";
import type { CircuitVerdict } from "./circuit-verdict.ts";
import { SlidingWindow } from "./sliding-window.ts";

/** Which stretch between two changes of state a call belongs to. */
export type Period = number;

/**
 * One origin's circuit: the state machine alone, told the time.
 *
 * It opens on a failure, never on a success, and only calls of the present period count: what was under way when the state changed says
 * something about the past. A probe that gives no verdict within `openForMs` is replaced by the next call, so that no hanging probe keeps
 * the circuit from closing.
 */
export class Circuit {
  readonly #policy: BreakerPolicy;
  readonly #window: SlidingWindow;
  #state: CircuitState = "closed";
  #period: Period = 0;
  /** When, unless closed, the next call is let through. */
  #probeAtMs = 0;
  #tripped = { calls: 0, failures: 0 };

  constructor(policy: BreakerPolicy) {
    this.#policy = policy;
    this.#window = new SlidingWindow(policy.windowMs);
  }

  /** Goes from `open` to `halfOpen` with the call that finds the time has come, not by itself: there is no timer. */
  get state(): CircuitState {
    return this.#state;
  }

  /** Calls and failures in the window when it opened last. */
  get tripped(): { readonly calls: number; readonly failures: number } {
    return this.#tripped;
  }

  /** True while it knows no more than a new one. */
  isBlank(nowMs: number): boolean {
    return this.#state === "closed" && this.#window.count(nowMs).calls === 0;
  }

  /** Milliseconds until a call may go through; 0 when one may now. */
  waitMs(nowMs: number): number {
    return this.#state === "closed" ? 0 : Math.max(0, this.#probeAtMs - nowMs);
  }

  /** Lets a call through; ask {@link waitMs} before. Give what it returns to {@link settle}. */
  enter(nowMs: number): Period {
    if (this.#state !== "closed") {
      this.#change("halfOpen");
      this.#probeAtMs = nowMs + this.#policy.openForMs;
    }
    return this.#period;
  }

  settle(period: Period, verdict: CircuitVerdict, nowMs: number): void {
    if (period !== this.#period) return;
    if (this.#state === "closed") this.#count(verdict, nowMs);
    else if (verdict === "failure") this.#open(nowMs);
    else if (verdict === "success") this.#close();
    // The probe found nothing out: the next call is one.
    else this.#probeAtMs = nowMs;
  }

  #count(verdict: CircuitVerdict, nowMs: number): void {
    if (verdict === "ignored") return;
    this.#window.add(verdict === "failure", nowMs);
    if (verdict === "success") return;
    const { calls, failures } = this.#window.count(nowMs);
    if (calls < this.#policy.minimumCalls || failures < calls * this.#policy.failureRatio) return;
    this.#tripped = { calls, failures };
    this.#open(nowMs);
  }

  #open(nowMs: number): void {
    this.#change("open");
    this.#probeAtMs = nowMs + this.#policy.openForMs;
  }

  #close(): void {
    this.#change("closed");
    this.#window.clear();
  }

  #change(state: CircuitState): void {
    this.#state = state;
    this.#period += 1;
  }
}
