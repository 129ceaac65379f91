import { performance } from "node:perf_hooks";
import { AbortError, DeadlineError, TimeoutError, type RequestError, type RequestSummary } from "../errors/index.ts";
import { formatDuration, type Duration } from "../retry/index.ts";
import { Cancellation } from "../transport/index.ts";
import { longestTimerMs, type Times } from "./defaults.ts";
import { timeoutQueue, type TimeLimited, type TimeoutQueue } from "./timeout-queue.ts";

/** The call whose time it is. */
export interface Controlled {
  readonly summary: RequestSummary;
  readonly times: Times;
}

/** Waits some milliseconds; tests put their own in its place. */
export type Sleep = (ms: number) => Promise<void>;

/** Everything that can end a call early: the attempt's timeout, the call's deadline, the caller's signal. One of the first two at a time. */
export class CallControl implements TimeLimited {
  // The link in the queue of attempts with the same timeout.
  expiresAtMs = 0;
  before: TimeLimited | undefined;
  after: TimeLimited | undefined;
  readonly #call: Controlled;
  readonly #signal: AbortSignal | undefined;
  readonly #sleep: Sleep | undefined;
  readonly #startedAtMs = performance.now();
  #queue: TimeoutQueue | undefined;
  #deadlineTimer: NodeJS.Timeout | undefined;
  #attemptStartedAtMs: number;
  #current: Cancellation | undefined;
  /** Whoever waits for something that cannot be stopped. */
  #waiting: Set<(error: RequestError) => void> | undefined;
  #onAbort: (() => void) | undefined;

  constructor(call: Controlled, signal: AbortSignal | undefined, sleep: Sleep | undefined) {
    this.#call = call;
    this.#signal = signal;
    this.#sleep = sleep;
    this.#attemptStartedAtMs = this.#startedAtMs;
    if (signal === undefined) return;
    this.#onAbort = () => this.#stop(this.#abortError());
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  get elapsedMs(): number {
    return performance.now() - this.#startedAtMs;
  }

  /** Since the present attempt began. */
  get attemptMs(): number {
    return performance.now() - this.#attemptStartedAtMs;
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
    const nowMs = performance.now();
    const cancellation = new Cancellation();
    this.#current = cancellation;
    this.#attemptStartedAtMs = nowMs;
    this.#arm(nowMs);
    return cancellation;
  }

  /** While a body is being sent the timeout is idle time: each chunk starts it anew. The deadline is not put off. */
  touch(): void {
    if (!this.#isArmed) return;
    this.#disarm();
    this.#arm(performance.now());
  }

  /** Waits in a line that can be left: deadline and signal count, the attempt's timeout has not begun. */
  async queue<T>(enter: (waiter: Cancellation) => T | Promise<T>): Promise<T> {
    const waiter = new Cancellation();
    this.#current = waiter;
    this.#armDeadline();
    try {
      return await enter(waiter);
    } finally {
      this.#disarm();
      this.#current = undefined;
    }
  }

  /** A wait inside an attempt, which does not count against its timeout. */
  async pause(ms: number): Promise<void> {
    this.#disarm();
    await this.sleep(ms);
    this.#arm(performance.now());
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
  async sleep(ms: number): Promise<void> {
    if (this.#sleep !== undefined) return this.guard(this.#sleep(ms));
    let timer: NodeJS.Timeout | undefined;
    const slept = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    try {
      await this.#unlessStopped(slept);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits for work that cannot be stopped itself (a secret store, a file, a caller's function), but no longer than the call may last. */
  async guard<T>(work: Promise<T>): Promise<T> {
    const isTimed = this.#isArmed;
    if (!isTimed) this.#armDeadline();
    // Such work may hold nothing open: without a timer the process would end in the middle of the call.
    const alive = setTimeout(() => undefined, longestTimerMs);
    try {
      return await this.#unlessStopped(work);
    } finally {
      clearTimeout(alive);
      if (!isTimed) this.#disarm();
    }
  }

  /** Leaves nothing behind: no timer, no listener. */
  dispose(): void {
    this.#disarm();
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener("abort", this.#onAbort);
  }

  /** The attempt's timeout has passed. */
  onExpired(): void {
    this.#queue = undefined;
    this.#stop(this.#timeoutError());
  }

  async #unlessStopped<T>(work: Promise<T>): Promise<T> {
    const waiting = (this.#waiting ??= new Set());
    let stop: (error: RequestError) => void = () => undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        stop = reject;
        waiting.add(stop);
        work.then(resolve, reject);
        this.throwIfAborted();
      });
    } finally {
      waiting.delete(stop);
    }
  }

  get #isArmed(): boolean {
    return this.#queue !== undefined || this.#deadlineTimer !== undefined;
  }

  #disarm(): void {
    this.#queue?.remove(this);
    this.#queue = undefined;
    if (this.#deadlineTimer === undefined) return;
    clearTimeout(this.#deadlineTimer);
    this.#deadlineTimer = undefined;
  }

  #arm(nowMs: number): void {
    const { timeoutMs, deadlineMs } = this.#call.times;
    if (deadlineMs !== undefined && this.#startedAtMs + deadlineMs < nowMs + timeoutMs) {
      this.#armDeadline();
      return;
    }
    this.#queue = timeoutQueue(timeoutMs);
    this.#queue.add(this, nowMs);
  }

  #armDeadline(): void {
    const remainingMs = this.remainingMs;
    if (remainingMs !== undefined) this.#deadlineTimer = setTimeout(() => this.#stop(this.#deadlineError()), Math.max(1, remainingMs));
  }

  #stop(error: RequestError): void {
    this.#current?.cancel(error);
    if (this.#waiting !== undefined) for (const stop of this.#waiting) stop(error);
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
    return new AbortError({
      code: "ERR_ABORTED",
      message: `${request.method} ${request.url} was cancelled by the caller`,
      cause: this.#signal?.reason,
      request,
    });
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
