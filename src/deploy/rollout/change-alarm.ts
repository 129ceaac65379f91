import type { DeployClock } from "../clock.ts";

/** Wakes a waiter when the watch says that something changed; without a watch it is just a slow clock. */
export class ChangeAlarm {
  readonly #clock: DeployClock;
  readonly #outer: AbortSignal;
  readonly #stop = new AbortController();
  #hasRung = false;
  #wake: (() => void) | undefined;

  constructor(changes: (signal: AbortSignal) => AsyncIterable<unknown>, clock: DeployClock, signal: AbortSignal) {
    this.#clock = clock;
    this.#outer = signal;
    void this.#follow(changes, AbortSignal.any([signal, this.#stop.signal]));
  }

  /** Until the next change, one that came since the last wait, or so much time. Rejects when the outer signal is aborted. */
  async wait(atMostMs: number): Promise<void> {
    if (!this.#hasRung) {
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      try {
        await this.#clock.sleep(atMostMs, AbortSignal.any([this.#outer, woken.signal]));
      } catch {
        // Woken; an abort from outside is told apart below.
      } finally {
        this.#wake = undefined;
      }
    }
    this.#hasRung = false;
    this.#outer.throwIfAborted();
  }

  /** Ends the watch; its connection goes in the background. */
  stop(): void {
    this.#stop.abort();
  }

  async #follow(changes: (signal: AbortSignal) => AsyncIterable<unknown>, signal: AbortSignal): Promise<void> {
    try {
      for await (const _change of changes(signal)) {
        this.#hasRung = true;
        this.#wake?.();
        if (signal.aborted) return;
      }
    } catch {
      // A watch that breaks (or may not be made) costs only speed: wait() looks again after its time in any case.
    }
  }
}
