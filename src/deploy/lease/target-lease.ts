import { outsideRunScope } from "../../client/index.ts";
import { isConflict } from "../../services/kubernetes/index.ts";
import type { DeployCluster } from "../cluster/deploy-cluster.ts";
import { describeError } from "../cluster/write-failure.ts";
import type { DeployTarget } from "../file/deploy-file.ts";
import { freeSpec, leaseSeconds, type LeaseHolder, type LeaseObject } from "./lease-record.ts";
import { idleSleep } from "./idle-sleep.ts";
import { takeLease } from "./take-lease.ts";

export interface TargetLeaseInit {
  readonly cluster: DeployCluster;
  readonly target: DeployTarget;
  readonly runId: string;
  /** Another run whose lease may be taken at once: it is known to have stopped. */
  readonly heirOf?: string;
  /** Another run took it: told once for each. */
  readonly onTaken: (holder: LeaseHolder) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Between renewals. @default a timer that keeps no process alive */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** What came of asking for the lease. */
export type LeaseHold =
  | { readonly state: "held" }
  | { readonly state: "taken"; readonly holder: LeaseHolder }
  /** No permission, no such API, no answer: it is advisory, and the deploy goes on without. */
  | { readonly state: "unavailable"; readonly problem: string };

interface Command {
  readonly kind: "hold" | "release";
  readonly done: (hold: LeaseHold) => void;
}

const ended: LeaseHold = { state: "unavailable", problem: "the deploy has ended" };
const renewMs = (leaseSeconds * 1000) / 3;
/** After a renewal that failed. */
const againMs = 5000;
/** For everything that one command asks of the server. */
const commandMs = 15_000;

/**
 * The Lease that keeps two deploys of one target apart, held and renewed for one run.
 *
 * Its requests are made by a loop that begins when the object is made, not by those who ask for it: a step of a durable run must leave no
 * request behind, and the lease outlives steps.
 */
export class TargetLease {
  readonly #init: TargetLeaseInit;
  readonly #commands: Command[] = [];
  readonly #stop = new AbortController();
  /** As it was written last; undefined while it is not ours. */
  #lease: LeaseObject | undefined;
  /** When it has to be renewed. */
  #dueMs = 0;
  /** When a renewal that failed is tried again. */
  #againMs = 0;
  /** The server's clock less ours. */
  #aheadMs = 0;
  #wake: () => void = () => undefined;
  #told: string | undefined;

  constructor(init: TargetLeaseInit) {
    this.#init = init;
    void outsideRunScope(() => this.#serve());
  }

  /** Takes it, or confirms that it is held; costs a request only when it is not. @throws the signal's reason */
  hold(signal: AbortSignal): Promise<LeaseHold> {
    return this.#ask("hold", signal);
  }

  /** The same for what goes on whoever holds it: another holder is told of, once. */
  async keep(signal: AbortSignal): Promise<void> {
    const hold = await this.hold(signal);
    if (hold.state === "taken") this.#tell(hold.holder);
  }

  /** Leaves it to the next one at once. What goes wrong here is of no consequence: it expires by itself. */
  async release(): Promise<void> {
    if (this.#lease !== undefined) await this.#ask("release", this.#stop.signal).catch(() => undefined);
  }

  /** Ends the loop; a lease that is still held is left to expire. */
  stop(): void {
    this.#stop.abort();
    this.#wake();
  }

  #ask(kind: Command["kind"], signal: AbortSignal): Promise<LeaseHold> {
    if (this.#stop.signal.aborted) return Promise.resolve(ended);
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const abort = (): void => reject(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
      const done = (hold: LeaseHold): void => {
        signal.removeEventListener("abort", abort);
        resolve(hold);
      };
      this.#commands.push({ kind, done });
      this.#wake();
    });
  }

  async #serve(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const command = this.#commands.shift();
      if (command?.kind === "release") command.done(await this.#release());
      else if (command !== undefined) command.done(this.#isDue ? await this.#take() : { state: "held" });
      else if (this.#lease !== undefined && this.#init.now() >= this.#nextMs) await this.#renew();
      else await this.#idle();
    }
    for (const { done } of this.#commands.splice(0)) done(ended);
  }

  get #isDue(): boolean {
    return this.#lease === undefined || this.#init.now() >= this.#dueMs;
  }

  get #nextMs(): number {
    return Math.max(this.#dueMs, this.#againMs);
  }

  async #idle(): Promise<void> {
    const { sleep = idleSleep, now } = this.#init;
    const nap = new AbortController();
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    // Asked for between the last look and now: nobody else would wake it.
    if (this.#commands.length > 0) return;
    const due = this.#lease === undefined ? [] : [sleep(Math.max(0, this.#nextMs - now()), nap.signal).catch(() => undefined)];
    await Promise.race([woken, ...due]);
    nap.abort();
  }

  async #renew(): Promise<void> {
    const hold = await this.#take();
    if (hold.state === "taken") this.#tellFromLoop(hold.holder);
    if (hold.state === "unavailable") this.#againMs = this.#init.now() + againMs;
  }

  async #take(): Promise<LeaseHold> {
    const { cluster, target, runId, heirOf, now } = this.#init;
    const serverNow = (): number => now() + this.#aheadMs;
    const signal = this.#limit();
    const onServerTime = (ms: number): void => this.#learnTime(ms);
    try {
      const taken = await takeLease({ cluster, target, runId, heirOf, known: this.#lease, serverNow, onServerTime, signal });
      this.#lease = "lease" in taken ? taken.lease : undefined;
      this.#dueMs = now() + renewMs;
      return "lease" in taken ? { state: "held" } : { state: "taken", holder: taken.holder };
    } catch (error) {
      return { state: "unavailable", problem: describeError(error) };
    }
  }

  async #release(): Promise<LeaseHold> {
    const { cluster, target, runId, now } = this.#init;
    let known = this.#lease;
    this.#lease = undefined;
    const signal = this.#limit();
    try {
      for (let tries = 1; known?.spec?.holderIdentity === runId; tries += 1) {
        try {
          await cluster.writeLease(target, { ...known, spec: freeSpec(known.spec, now() + this.#aheadMs) }, signal);
          break;
        } catch (error) {
          if (tries > 3 || !isConflict(error)) throw error;
          known = (await cluster.readLease(target, signal)).lease;
        }
      }
      return { state: "held" };
    } catch (error) {
      return { state: "unavailable", problem: describeError(error) };
    }
  }

  #limit(): AbortSignal {
    return AbortSignal.any([this.#stop.signal, AbortSignal.timeout(commandMs)]);
  }

  #learnTime(serverTimeMs: number): void {
    const aheadMs = serverTimeMs - this.#init.now();
    // The header is cut to whole seconds: within one, our own clock is the better one.
    this.#aheadMs = Math.abs(aheadMs) <= 1000 ? 0 : aheadMs;
  }

  /** Nobody awaits the loop: what a listener throws here must not end the process. */
  #tellFromLoop(holder: LeaseHolder): void {
    try {
      this.#tell(holder);
    } catch {
      // Told again by the next step that asks.
      this.#told = undefined;
    }
  }

  #tell(holder: LeaseHolder): void {
    if (this.#told === holder.runId) return;
    this.#told = holder.runId;
    this.#init.onTaken(holder);
  }
}
