/** What of `process` a script's end is seen by. */
export interface ProcessEvents {
  on(event: "beforeExit" | "exit" | "unhandledRejection", listener: (value: unknown) => void): unknown;
  off(event: "beforeExit" | "exit" | "unhandledRejection", listener: (value: unknown) => void): unknown;
}

export interface ScriptWatchOptions {
  readonly events: ProcessEvents;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** The script called process.exit: whatever is to be said, is said now. */
  readonly onExit: (code: unknown) => void;
  /** Of a promise that nobody handles: the script goes on after such an error; after any other the process would end. */
  readonly isHarmless: (error: unknown) => boolean;
}

/** Sees a script through whose work outlives its import, such as `main()` without await. */
export class ScriptWatch {
  readonly #options: ScriptWatchOptions;
  #first: { readonly error: unknown } | undefined;
  #end: (() => void) | undefined;

  constructor(options: ScriptWatchOptions) {
    this.#options = options;
    options.events.on("unhandledRejection", this.#onRejection);
  }

  /** Waits until nothing is left to do, and throws what was left unhandled. */
  async ended(): Promise<void> {
    const { events, signal, onExit } = this.#options;
    if (this.#first !== undefined && !this.#options.isHarmless(this.#first.error)) throw this.#first.error;
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#end = end;
    events.on("beforeExit", end);
    events.on("exit", onExit);
    signal.addEventListener("abort", end, { once: true });
    if (!signal.aborted) await ended;
    this.#end = undefined;
    signal.removeEventListener("abort", end);
    events.off("beforeExit", end);
    events.off("exit", onExit);
    if (this.#first !== undefined) throw this.#first.error;
  }

  close(): void {
    this.#options.events.off("unhandledRejection", this.#onRejection);
  }

  readonly #onRejection = (error: unknown): void => {
    const isHarmless = this.#options.isHarmless(error);
    // The one that would end the process counts, else the first.
    if (this.#first === undefined || !isHarmless) this.#first = { error };
    if (!isHarmless) this.#end?.();
  };
}
