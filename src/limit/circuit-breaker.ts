import type { BreakerPolicy, CircuitState } from "./breaker-options.ts";
import { Circuit } from "./circuit.ts";
import type { CircuitVerdict } from "./circuit-verdict.ts";
import { systemClock, type Clock } from "./clock.ts";

/** A call that was let through. Settle it in every case, for it may be the probe; further times do nothing. */
export interface CircuitPass {
  readonly isOpen: false;
  settle(verdict: CircuitVerdict): void;
}

/** A call that must not be sent: what CircuitOpenError says. */
export interface OpenCircuit {
  readonly isOpen: true;
  readonly origin: string;
  /** Until a call is let through. While one is under way: until the next one would be. */
  readonly retryAfterMs: number;
  /** In the window, when the circuit opened. */
  readonly calls: number;
  readonly failures: number;
}

/** So many origins are kept before those that say nothing any more are dropped. */
const sweepSize = 1000;

/**
 * Keeps calls from a server that fails most of them, one circuit for each origin.
 *
 * {@link enter} right before an exchange, {@link CircuitPass.settle} right after. No timer: states change with the calls.
 */
export class CircuitBreaker {
  readonly #policy: BreakerPolicy;
  readonly #clock: Pick<Clock, "now">;
  readonly #circuits = new Map<string, Circuit>();
  #sweepAt = sweepSize;

  /** @param policy as {@link resolveBreaker} gives it */
  constructor(policy: BreakerPolicy, clock: Pick<Clock, "now"> = systemClock) {
    this.#policy = policy;
    this.#clock = clock;
  }

  /** How many origins have a circuit: those called lately, and those whose circuit is not closed. */
  get size(): number {
    return this.#circuits.size;
  }

  state(origin: string): CircuitState {
    return this.#circuits.get(origin)?.state ?? "closed";
  }

  /** The refusal that a call would meet now; undefined when it would be let through. Changes nothing. */
  refusal(origin: string): OpenCircuit | undefined {
    const circuit = this.#circuits.get(origin);
    const waitMs = circuit?.waitMs(this.#clock.now()) ?? 0;
    return circuit === undefined || waitMs === 0 ? undefined : { isOpen: true, origin, retryAfterMs: waitMs, ...circuit.tripped };
  }

  /** Lets a call through, or says why not. After {@link BreakerOptions.openFor} the first to come is the probe. */
  enter(origin: string): CircuitPass | OpenCircuit {
    const refusal = this.refusal(origin);
    if (refusal !== undefined) return refusal;
    const circuit = this.#circuits.get(origin) ?? this.#add(origin);
    const period = this.#watch(origin, circuit, () => circuit.enter(this.#clock.now()));
    let isSettled = false;
    const settle = (verdict: CircuitVerdict): void => {
      if (isSettled) return;
      isSettled = true;
      this.#watch(origin, circuit, () => circuit.settle(period, verdict, this.#clock.now()));
    };
    return { isOpen: false, settle };
  }

  #watch<T>(origin: string, circuit: Circuit, act: () => T): T {
    const from = circuit.state;
    const result = act();
    const to = circuit.state;
    if (from !== to) this.#policy.onChange?.({ origin, from, to, ...circuit.tripped });
    return result;
  }

  #add(origin: string): Circuit {
    if (this.#circuits.size >= this.#sweepAt) this.#sweep();
    const circuit = new Circuit(this.#policy);
    this.#circuits.set(origin, circuit);
    return circuit;
  }

  /** At doubling sizes, so that a crawler of many origins pays little for it. */
  #sweep(): void {
    const nowMs = this.#clock.now();
    for (const [origin, circuit] of this.#circuits) if (circuit.isBlank(nowMs)) this.#circuits.delete(origin);
    this.#sweepAt = Math.max(sweepSize, this.#circuits.size * 2);
  }
}
