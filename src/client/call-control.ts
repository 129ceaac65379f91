import { performance } from "node:perf_hooks";
import { AbortError, DeadlineError, TimeoutError, type RequestError, type RequestSummary } from "../errors/index.ts";
import { formatDuration, type Duration } from "../retry/index.ts";
import { Cancellation } from "../transport/index.ts";
import type { Times } from "./defaults.ts";

/** The call whose time it is. */
export interface Controlled {
  readonly summary: RequestSummary;
  readonly times: Times;
}

/** Waits some milliseconds; tests put their own in its place. */
export type Sleep = (ms: number) => Promise<void>;

/** Everything that can end a call early: the attempt's timeout, the call's deadline, the caller's signal. One timer at a time. */
export class CallControl {
  readonly #call: Controlled;
  readonly #signal: AbortSignal | undefined;
  readonly #sleep: Sleep | undefined;
  readonly #startedAt = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #current: Cancellation | undefined;
  #wake: ((error: RequestError) => void) | undefined;
  #onAbort: (() => void) | undefined;

  constructor(call: Controlled, signal: AbortSignal | undefined, sleep: Sleep | undefined) {
    this.#call = call;
    this.#signal = signal;
    this.#sleep = sleep;
    if (signal === undefined) return;
    this.#onAbort = () => this.#stop(this.#abortError());
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  get elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  /** Until the deadline; `undefined` without one. */
  get remainingMs(): number | undefined {
    const { deadlineMs } = this.#call.times;
    return deadlineMs === undefined ? undefined : deadlineMs - this.elapsedMs;
  }

  /** Throws when the call must not even begin: the signal is aborted already. */
  throwIfAborted(): void {
    if (this.#signal?.aborted === true) throw this.#abortError();
  }

  /** Starts the clock of one attempt. */
  beginAttempt(): Cancellation {
    const cancellation = new Cancellation();
    this.#current = cancellation;
    this.#arm(this.#call.times.timeoutMs);
    return cancellation;
  }

  /** While a body is being sent the timeout is idle time: each chunk starts it anew. */
  touch(): void {
    if (this.#timer === undefined) return;
    if (this.#call.times.deadlineMs === undefined) {
      this.#timer.refresh();
      return;
    }
    // Anew, for the deadline is not put off by progress, and may be nearer now than the timeout.
    this.#disarm();
    this.#arm(this.#call.times.timeoutMs);
  }

  /** A wait inside an attempt, which does not count against its timeout. */
  async pause(ms: number): Promise<void> {
    this.#disarm();
    await this.sleep(ms);
    this.#arm(this.#call.times.timeoutMs);
  }

  /** The attempt's cancellation stays: a stream it gave goes on. */
  endAttempt(): void {
    this.#disarm();
  }

  /** After the headers of a stream only deadline and signal count; its own idle timeout does the rest. */
  beginStream(): void {
    this.#armDeadline();
  }

  /** Waits between two attempts; rejects as soon as the caller aborts. */
  sleep(ms: number): Promise<void> {
    if (this.#sleep !== undefined) return this.guard(this.#sleep(ms));
    return new Promise((resolve, reject) => {
      this.throwIfAborted();
      const timer = setTimeout(() => {
        this.#wake = undefined;
        resolve();
      }, ms);
      this.#wake = (error) => {
        clearTimeout(timer);
        reject(error);
      };
    });
  }

  /** Waits for work that cannot be stopped itself (a secret store, a file, a caller's function), but no longer than the call may last. */
  async guard<T>(work: Promise<T>): Promise<T> {
    const isTimed = this.#timer !== undefined;
    if (!isTimed) this.#armDeadline();
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#wake = reject;
        work.then(resolve, reject);
        this.throwIfAborted();
      });
    } finally {
      this.#wake = undefined;
      if (!isTimed) this.#disarm();
    }
  }

  /** Leaves nothing behind: no timer, no listener. */
  dispose(): void {
    this.#disarm();
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener("abort", this.#onAbort);
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(timeoutMs: number): void {
    const remainingMs = this.remainingMs;
    if (remainingMs !== undefined && remainingMs < timeoutMs) this.#armDeadline();
    else this.#timer = setTimeout(() => this.#stop(this.#timeoutError()), timeoutMs);
  }

  #armDeadline(): void {
    const remainingMs = this.remainingMs;
    if (remainingMs !== undefined) this.#timer = setTimeout(() => this.#stop(this.#deadlineError()), Math.max(1, remainingMs));
  }

  #stop(error: RequestError): void {
    this.#current?.cancel(error);
    this.#wake?.(error);
    this.#wake = undefined;
  }

  #timeoutError(): TimeoutError {
    const { timeout, timeoutMs } = this.#call.times;
    const request = this.#call.summary;
    const phase = this.#current?.phase ?? "wait";
    return new TimeoutError({
      code: "ERR_TIMEOUT",
      message: `${request.method} ${request.url} timed out after ${formatDuration(timeoutMs)} (${phaseWords[phase]})`,
      hint: unitHint("timeout", timeout) ?? "Raise timeout, or find out why the server is slow.",
      phase,
      request,
    });
  }

  #deadlineError(): DeadlineError {
    const { deadlineMs = 0, deadline } = this.#call.times;
    const request = this.#call.summary;
    return new DeadlineError({
      code: "ERR_DEADLINE",
      message: `${request.method} ${request.url} did not end within its deadline of ${formatDuration(deadlineMs)}`,
      hint: unitHint("deadline", deadline) ?? "See the attempts for where the time went; raise deadline or lower timeout.",
      request,
    });
  }

  #abortError(): AbortError {
    const request = this.#call.summary;
    return new AbortError({ code: "ERR_ABORTED", message: `${request.method} ${request.url} was cancelled by the caller`, cause: this.#signal?.reason, request });
  }
}

/** Whoever writes 10 means seconds, as in other libraries. */
function unitHint(option: string, value: Duration | undefined): string | undefined {
  return typeof value === "number" && value < 100 ? `${option}: ${value} is milliseconds; did you mean "${value}s"?` : undefined;
}

const phaseWords = {
  prepare: "reading credentials or certificates",
  queue: "waiting for a free connection",
  dns: "resolving the name",
  connect: "connecting",
  tls: "in the TLS handshake",
  send: "sending the request",
  wait: "waiting for the answer",
  receive: "receiving the answer",
  idle: "idle",
} as const;
