import { formatDuration, parseHttpDate } from "../../retry/index.ts";
import type { RefusedResponse } from "../auth.ts";
import type { Clock } from "../clock.ts";

/** AWS refuses signatures that are older or newer than this (S3: 15 minutes). */
const toleratedMs = 5 * 60_000;

/** The time as the server has it, learnt from its refusals: machines without NTP, sleeping laptops and containers get it wrong. */
export class ServerTime {
  readonly #clock: Clock;
  #offsetMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What the clock lacks. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.#clock.now() + this.#offsetMs;
  }

  /**
   * True when the signature's time was too far from the server's, and another is worth making. The first to learn it says so in a warning.
   *
   * @param usedOffsetMs the offset when it was made: calls that run side by side are refused side by side
   */
  learnFrom(response: RefusedResponse, { usedOffsetMs, host }: { readonly usedOffsetMs: number; readonly host: string }): boolean {
    // An answer out of a cache has the time at which it was stored.
    if (response.header("age") !== undefined) return false;
    const nowMs = this.#clock.now();
    const serverMs = parseHttpDate(response.header("date") ?? "", nowMs);
    if (serverMs === undefined || Math.abs(serverMs - nowMs - usedOffsetMs) < toleratedMs) return false;
    if (Math.abs(serverMs - this.now()) >= toleratedMs) this.#adopt(serverMs - nowMs, host);
    return true;
  }

  #adopt(offsetMs: number, host: string): void {
    this.#offsetMs = offsetMs;
    const lag = `${formatDuration(Math.abs(offsetMs))} ${offsetMs > 0 ? "behind" : "ahead of"}`;
    process.emitWarning(
      `This machine's clock is ${lag} that of ${host}, and AWS refuses signatures that are 5 minutes off. Requests are signed with the server's time from now on; set the clock (date -u shows it).`,
      { type: "ErrandWarning", code: "ERRAND_CLOCK_SKEW" },
    );
  }
}
