/** Time as the stand-in sees it; a test gives its own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `run` once after `delayMs`; the returned function cancels it. */
  setTimeout(run: () => void, delayMs: number): () => void;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (run, delayMs) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

export interface AgendaEntryOptions {
  /** True for what may wait for ever (a back-off, a deadline): `settled` does not wait for it. */
  readonly isBackground?: boolean;
}

/** Everything the simulated cluster will do later, in simulated milliseconds. */
export class Agenda {
  readonly #clock: Clock;
  readonly #speed: number;
  readonly #cancels = new Set<() => void>();
  #foregroundCount = 0;
  #waiting: (() => void)[] = [];
  #isStopped = false;

  constructor(clock: Clock, speed: number) {
    this.#clock = clock;
    this.#speed = speed;
  }

  now(): number {
    return this.#clock.now();
  }

  /** How long a simulated duration takes on the clock. */
  scale(durationMs: number): number {
    return durationMs / this.#speed;
  }

  /** Runs `run` after a simulated delay; the returned function cancels it. */
  after(delayMs: number, run: () => void, { isBackground = false }: AgendaEntryOptions = {}): () => void {
    if (this.#isStopped) return () => {};
    let isOver = false;
    const finish = (): boolean => {
      if (isOver) return false;
      isOver = true;
      this.#cancels.delete(cancel);
      return true;
    };
    const cancelTimer = this.#clock.setTimeout(() => {
      if (!finish()) return;
      try {
        run();
      } finally {
        if (!isBackground) this.#leave();
      }
    }, this.scale(delayMs));
    const cancel = (): void => {
      if (!finish()) return;
      cancelTimer();
      if (!isBackground) this.#leave();
    };
    if (!isBackground) this.#foregroundCount += 1;
    this.#cancels.add(cancel);
    return cancel;
  }

  /** Runs `run` after a delay that speed does not change: timeouts of clients are in real time. Background. */
  afterWallTime(delayMs: number, run: () => void): () => void {
    return this.after(delayMs * this.#speed, run, { isBackground: true });
  }

  /** Resolves when nothing but background entries is left. */
  async settled(): Promise<void> {
    while (this.#foregroundCount > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Cancels everything; later entries are ignored. */
  stop(): void {
    this.#isStopped = true;
    for (const cancel of Array.from(this.#cancels)) cancel();
  }

  #leave(): void {
    this.#foregroundCount -= 1;
    if (this.#foregroundCount > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
