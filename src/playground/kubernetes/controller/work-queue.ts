import type { Agenda } from "../clock.ts";

/** Keys waiting for their controller; a key waits once, however often it is added. */
export class WorkQueue {
  readonly #agenda: Agenda;
  readonly #work: (key: string) => void;
  readonly #due = new Map<string, { readonly atMs: number; readonly cancel: () => void }>();

  constructor(agenda: Agenda, work: (key: string) => void) {
    this.#agenda = agenda;
    this.#work = work;
  }

  /** Works on the key after a delay, or earlier if it is already waiting for less. */
  add(key: string, delayMs: number, isBackground = false): void {
    const atMs = this.#agenda.now() + this.#agenda.scale(delayMs);
    const waiting = this.#due.get(key);
    if (waiting !== undefined && waiting.atMs <= atMs) return;
    waiting?.cancel();
    const run = (): void => {
      this.#due.delete(key);
      this.#work(key);
    };
    this.#due.set(key, { atMs, cancel: this.#agenda.after(delayMs, run, { isBackground }) });
  }
}
