import type { RequestError } from "../errors/index.ts";

export interface BodyStreamOptions {
  readonly idleTimeoutMs: number;
  readonly pause: () => void;
  readonly resume: () => void;
  /** Ends the exchange; called once when the reader stops early. */
  readonly abort: () => void;
  /** The error of a gap longer than the idle timeout, or of a stream that nobody began to read for as long. */
  readonly idleError: (isUnread: boolean) => RequestError;
}

/** `error`: why the stream failed, where it did. */
type SettledListener = (error: RequestError | undefined) => void;

/** Bytes kept ahead of the reader before the socket is paused. */
const highWaterBytes = 256 * 1024;

/** A response body as it arrives: bounded memory, one reader, an idle timeout. */
export class BodyStream implements AsyncIterable<Uint8Array> {
  readonly #options: BodyStreamOptions;
  readonly #chunks: Uint8Array[] = [];
  #sizeBytes = 0;
  #isPaused = false;
  #isEnded = false;
  #isTaken = false;
  #error: RequestError | undefined;
  #wake: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #onSettled: SettledListener | undefined;

  constructor(options: BodyStreamOptions) {
    this.#options = options;
    this.#timer = setTimeout(() => this.#onIdle(), options.idleTimeoutMs);
  }

  /** Runs once, when the last byte arrived, the stream failed, or the reader left; after the listeners before it. */
  onSettled(listener: SettledListener): void {
    const before = this.#onSettled;
    if (this.#isEnded) listener(this.#error);
    else if (before === undefined) this.#onSettled = listener;
    else {
      this.#onSettled = (error) => {
        before(error);
        listener(error);
      };
    }
  }

  push(chunk: Uint8Array): void {
    if (this.#isEnded) return;
    this.#chunks.push(chunk);
    this.#sizeBytes += chunk.byteLength;
    // Before it is read nothing puts the timeout off: a stream that was forgotten must not hold its connection for ever.
    if (this.#isTaken) this.#timer?.refresh();
    if (this.#sizeBytes > highWaterBytes && !this.#isPaused) {
      this.#isPaused = true;
      // While the reader is slow the server cannot send: not the server's idle time.
      if (this.#isTaken) clearTimeout(this.#timer);
      this.#options.pause();
    }
    this.#wake?.();
  }

  end(error?: RequestError): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#error = error;
    clearTimeout(this.#timer);
    this.#wake?.();
    this.#onSettled?.(error);
  }

  /** Ends the exchange without reading on. */
  close(): void {
    if (this.#isEnded) return;
    this.#chunks.length = 0;
    this.end();
    this.#options.abort();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    this.#isTaken = true;
    if (this.#isPaused) clearTimeout(this.#timer);
    else if (!this.#isEnded) this.#timer?.refresh();
    try {
      for (;;) {
        const chunk = this.#take();
        if (chunk !== undefined) yield chunk;
        else if (this.#error !== undefined) throw this.#error;
        else if (this.#isEnded) return;
        else await this.#arrival();
      }
    } finally {
      this.close();
    }
  }

  #take(): Uint8Array | undefined {
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return undefined;
    this.#sizeBytes -= chunk.byteLength;
    if (this.#isPaused && !this.#isEnded && this.#sizeBytes <= highWaterBytes / 2) {
      this.#isPaused = false;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#onIdle(), this.#options.idleTimeoutMs);
      this.#options.resume();
    }
    return chunk;
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }

  #onIdle(): void {
    if (this.#isEnded) return;
    const error = this.#options.idleError(!this.#isTaken);
    this.end(error);
    this.#options.abort();
  }
}
