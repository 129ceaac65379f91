import { DeadlineError, RedirectRefusedError } from "../errors/index.ts";
import { isSameOriginOrUpgrade } from "../redirect/index.ts";
import { durationMs, formatDuration, parseRetryAfter, type Duration } from "../retry/index.ts";
import { invalidOption, positive } from "./defaults.ts";
import type { RequestOptions } from "./options.ts";
import { ownOptions, requestOptionNames } from "./own-options.ts";
import { asServerLink } from "./pagination/index.ts";
import type { ErrandResponse } from "./response.ts";

/** Options of `session.poll()`: those of each call, and when to stop. */
export interface PollOptions extends Omit<RequestOptions, "stream" | "fallback"> {
  /** True ends the polling with this response. @default any status below 400 but 202 */
  readonly until?: (response: ErrandResponse) => boolean | Promise<boolean>;
  /** Between the end of one call and the start of the next; a Retry-After of the server is the minimum. @default "2s" */
  readonly every?: Duration;
  /** Bounds the whole polling. @default "5m" */
  readonly deadline?: Duration;
}

const pollOptionNames: ReadonlySet<string> = new Set(
  [...requestOptionNames].filter((name) => name !== "stream" && name !== "fallback").concat("until", "every"),
);

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
  const { until = isFinished, every = "2s", deadline = "5m", ...request } = ownOptions(options, pollOptionNames, "poll()");
  if (typeof until !== "function") throw invalidOption("until", "takes a function of the response");
  const everyMs = durationMs(every, "every");
  const deadlineMs = positive(deadline, "deadline");
  const startedAt = poller.now();
  const remainingMs = (): number => deadlineMs - (poller.now() - startedAt);
  let url = target;
  let next: RequestOptions = request;
  for (let count = 1; ; count += 1) {
    const response = await poller.get(url, { ...next, deadline: Math.max(1, Math.ceil(remainingMs())) });
    if (await until(response)) return response;
    response.raiseForStatus();
    const moved = movedTo(response);
    if (moved !== undefined) {
      url = moved;
      // Its query is in the Location already.
      next = asServerLink(request);
    }
    const waitMs = Math.max(everyMs, parseRetryAfter(response.header("retry-after"), Date.now()) ?? 0);
    if (waitMs >= remainingMs()) throw notInTime(response, { count, deadlineMs });
    await poller.sleep(waitMs, options.signal);
  }
}

/** Where a 202 says that the answer will be: on its own origin, for the call's credentials go there. */
function movedTo(response: ErrandResponse): URL | undefined {
  const location = response.status === 202 ? response.header("location") : undefined;
  if (location === undefined) return undefined;
  const from = new URL((response.history[0] ?? response).url);
  const target = URL.parse(location, response.url);
  if (target !== null && isSameOriginOrUpgrade(from, target)) return target;
  const { method, url } = response.request;
  throw new RedirectRefusedError({
    code: "ERR_REDIRECT_REFUSED",
    message: `${method} ${url}: the 202 ${target === null ? "has a Location that is no URL" : `points to another origin, ${target.origin}`}, which is not polled`,
    hint: "Poll that address yourself, with the credentials that belong to it.",
    request: response.request,
    attempts: response.attempts,
    timings: response.timings,
  });
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
