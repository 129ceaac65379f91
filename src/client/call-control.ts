import { performance } from "node:perf_hooks";
import { AbortError, DeadlineError, TimeoutError, type RequestError, type RequestSummary } from "../errors/index.ts";
import { formatDuration } from "../retry/index.ts";
import { Cancellation } from "../transport/index.ts";
import type { Times } from "./defaults.ts";

/** The call whose time it is. */
export interface Controlled {
  readonly summary: RequestSummary;
  readonly times: Times;
}

/** Everything that can end a call early: the attempt's timeout, the call's deadline, the caller's signal. One timer at a time. */
export class CallControl {
  readonly #call: Controlled;
  readonly #signal: AbortSignal | undefined;
  readonly #startedAt = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #current: Cancellation | undefined;
  #wake: ((error: RequestError) => void) | undefined;
  #onAbort: (() => void) | undefined;

  constructor(call: Controlled, signal: AbortSignal | undefined) {
    this.#call = call;
    this.#signal = signal;
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
    this.#timer?.refresh();
  }

  /** A wait inside an attempt, which does not count against its timeout. */
  async pause(ms: number): Promise<void> {
    clearTimeout(this.#timer);
    await this.sleep(ms);
    this.#arm(this.#call.times.timeoutMs);
  }

  endAttempt(): void {
    // The cancellation stays: a stream goes on after the attempt that opened it.
    clearTimeout(this.#timer);
  }

  /** After the headers of a stream only deadline and signal count; its own idle timeout does the rest. */
  beginStream(): void {
    clearTimeout(this.#timer);
    const remainingMs = this.remainingMs;
    if (remainingMs !== undefined) this.#timer = setTimeout(() => this.#stop(this.#deadlineError()), Math.max(1, remainingMs));
  }

  /** Waits between two attempts; rejects as soon as the caller aborts. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
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

  /** Leaves nothing behind: no timer, no listener. */
  dispose(): void {
    clearTimeout(this.#timer);
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener("abort", this.#onAbort);
  }

  #arm(timeoutMs: number): void {
    const remainingMs = this.remainingMs;
    const isDeadlineFirst = remainingMs !== undefined && remainingMs < timeoutMs;
    const delayMs = isDeadlineFirst ? Math.max(1, remainingMs) : timeoutMs;
    this.#timer = setTimeout(() => this.#stop(isDeadlineFirst ? this.#deadlineError() : this.#timeoutError()), delayMs);
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
      hint: typeof timeout === "number" && timeout < 100 ? `timeout: ${timeout} is milliseconds; did you mean "${timeout}s"?` : "Raise timeout, or find out why the server is slow.",
      phase,
      request,
    });
  }

  #deadlineError(): DeadlineError {
    const { deadlineMs = 0 } = this.#call.times;
    const request = this.#call.summary;
    return new DeadlineError({
      code: "ERR_DEADLINE",
      message: `${request.method} ${request.url} did not end within its deadline of ${formatDuration(deadlineMs)}`,
      hint: "See the attempts for where the time went; raise deadline or lower timeout.",
      request,
    });
  }

  #abortError(): AbortError {
    const request = this.#call.summary;
    return new AbortError({ code: "ERR_ABORTED", message: `${request.method} ${request.url} was cancelled by the caller`, cause: this.#signal?.reason, request });
  }
}

const phaseWords = {
  queue: "waiting for a free connection",
  dns: "resolving the name",
  connect: "connecting",
  tls: "in the TLS handshake",
  send: "sending the request",
  wait: "waiting for the answer",
  receive: "receiving the answer",
  idle: "idle",
} as const;
