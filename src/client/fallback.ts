import { CircuitOpenError, DeadlineError, type RequestError } from "../errors/index.ts";
import { isRetryableError, isRetryableStatus } from "../retry/index.ts";
import type { Call } from "./call.ts";
import { ErrandResponse } from "./response.ts";
import type { CallRecord } from "./response-head.ts";

export interface FallbackInput {
  readonly error: RequestError;
  /** `undefined` when no answer arrived. */
  readonly status: number | undefined;
  readonly story: CallRecord;
}

/** The response that stands in for an exhausted transport error or retryable status, if the call has a fallback. */
export async function fallbackFor(call: Call, { error, status, story }: FallbackInput): Promise<ErrandResponse | undefined> {
  const { fallback } = call.options;
  if (fallback === undefined) return undefined;
  if (status !== undefined && !isRetryableStatus(status, call.retry, call.isKeyed)) return undefined;
  if (status === undefined && !(isRetryableError(error) || error instanceof DeadlineError || error instanceof CircuitOpenError))
    return undefined;
  const value: unknown = typeof fallback === "function" ? await fallback(error) : fallback;
  return new FallbackResponse(value, { call, status, story });
}

/** Status is that of the last answer, or 0 when none arrived; the readers give the fallback's value. */
class FallbackResponse extends ErrandResponse {
  override readonly isFallback = true;
  readonly #value: unknown;

  constructor(value: unknown, { call, status, story }: { call: Call; status: number | undefined; story: CallRecord }) {
    super({
      wire: { status: status ?? 0, statusText: "fallback", headers: {}, rawHeaders: [], timings: { totalMs: story.elapsedMs } },
      url: call.url,
      method: call.method,
      bytes: Buffer.from(typeof value === "string" ? value : (JSON.stringify(value) ?? "")),
    });
    this.settle(story);
    this.#value = value;
  }

  override get ok(): boolean {
    return false;
  }

  override json<T>(): T {
    return this.#value as T;
  }

  override jsonAsync<T>(): T {
    return this.#value as T;
  }
}
