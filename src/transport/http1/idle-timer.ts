/** Below the 5 s after which Node servers close an idle connection. */
const defaultMs = 4_000;
/** A server that says when it will close is left so much earlier, for its clock began before ours. */
const marginMs = 2_000;
const maxMs = 600_000;

/** How long a connection may rest before it is closed, so that the server does not close it under a request. */
export class IdleTimer {
  readonly #onIdle: () => void;
  #idleMs = defaultMs;
  #timer: NodeJS.Timeout | undefined;
  #isResting = false;

  constructor(onIdle: () => void) {
    this.#onIdle = onIdle;
  }

  /** Whether the connection may rest at all, given the server's `Keep-Alive: timeout`. */
  allow(keepAliveSeconds: number | undefined): boolean {
    const idleMs = keepAliveSeconds === undefined ? defaultMs : Math.min(keepAliveSeconds * 1000 - marginMs, maxMs);
    if (idleMs !== this.#idleMs) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#idleMs = idleMs;
    }
    return idleMs > 0;
  }

  start(): void {
    this.#isResting = true;
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#fire(), this.#idleMs).unref();
    else this.#timer.refresh();
  }

  /** The timer itself stays: to be put off costs less than to be made anew. */
  stop(): void {
    this.#isResting = false;
  }

  /** The connection is gone. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isResting = false;
  }

  #fire(): void {
    this.#timer = undefined;
    if (this.#isResting) this.#onIdle();
  }
}
