import { DeadlineError } from "../errors/index.ts";
import { durationMs, formatDuration, parseRetryAfter, type Duration } from "../retry/index.ts";
import { invalidOption, positive } from "./defaults.ts";
import type { RequestOptions } from "./options.ts";
import type { ErrandResponse } from "./response.ts";

export interface PollOptions extends Omit<RequestOptions, "stream" | "fallback"> {
  /** True ends the polling with this response. @default any status below 400 but 202 */
  readonly until?: (response: ErrandResponse) => boolean | Promise<boolean>;
  /** Between the end of one call and the start of the next; a Retry-After of the server is the minimum. @default "2s" */
  readonly every?: Duration;
  /** Bounds the whole polling. @default "5m" */
  readonly deadline?: Duration;
}

export interface Poller {
  readonly get: (url: string | URL, options: RequestOptions) => Promise<ErrandResponse>;
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  readonly now: () => number;
}

/**
 * Asks until `until` is content. A 202 with a Location (RFC 9110 15.3.3) moves the polling there.
 * A final status of 400 and above raises, unless `until` accepts it.
 */
export async function poll(poller: Poller, target: string | URL, options: PollOptions): Promise<ErrandResponse> {
  const { until = isFinished, every = "2s", deadline = "5m", ...request } = options;
  if (typeof until !== "function") throw invalidOption("until", "takes a function of the response");
  const everyMs = durationMs(every, "every");
  const deadlineMs = positive(deadline, "deadline");
  const startedAt = poller.now();
  const remainingMs = (): number => deadlineMs - (poller.now() - startedAt);
  let url = target;
  let isMoved = false;
  for (let count = 1; ; count += 1) {
    const response = await poller.get(url, { ...request, allowAbsolute: isMoved || request.allowAbsolute === true, deadline: Math.max(1, remainingMs()) });
    if (await until(response)) return response;
    response.raiseForStatus();
    const location = response.status === 202 ? response.header("location") : undefined;
    if (location !== undefined) {
      url = new URL(location, response.url);
      isMoved = true;
    }
    const waitMs = Math.max(everyMs, parseRetryAfter(response.header("retry-after"), Date.now()) ?? 0);
    if (waitMs >= remainingMs()) throw notInTime(response, { count, deadlineMs });
    await poller.sleep(waitMs, options.signal);
  }
}

function isFinished(response: ErrandResponse): boolean {
  return response.status < 400 && response.status !== 202;
}

function notInTime(response: ErrandResponse, { count, deadlineMs }: { count: number; deadlineMs: number }): DeadlineError {
  const { method, url } = response.request;
  return new DeadlineError({
    code: "ERR_DEADLINE",
    message: `${method} ${url}: what was waited for did not come within ${formatDuration(deadlineMs)}; asked ${count} times, last answer ${response.status}`,
    hint: "Raise deadline, or look at what the server says about the job.",
    request: response.request,
    attempts: response.attempts,
    timings: response.timings,
  });
}
