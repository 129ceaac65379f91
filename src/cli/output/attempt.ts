import type { Attempt } from "../../errors/index.ts";
import { formatDuration } from "../../retry/index.ts";
import type { Paint } from "./color.ts";

/** What came of an attempt: its status, or the error's code. */
function attemptOutcome(attempt: Attempt): string {
  if (attempt.error !== undefined) return attempt.error.code;
  return attempt.status === undefined ? "no answer" : String(attempt.status);
}

/** The line printed while a call waits: `attempt 1 of 3: 503, waiting 2 s (Retry-After)`. */
export function renderRetry(attempt: Attempt, attempts: number | undefined): string {
  const count = attempts === undefined ? String(attempt.number) : `${attempt.number} of ${attempts}`;
  // A 401 whose credentials could be renewed is followed up at once.
  return `attempt ${count}: ${attemptOutcome(attempt)}, ${attempt.waitMs === 0 ? "trying again" : `waiting ${showWait(attempt)}`}`;
}

/** One line for each attempt, for `-v` and for errors that needed more than one. */
export function renderAttempts(attempts: readonly Attempt[], paint: Paint): string {
  return attempts
    .map((attempt) => {
      const wait = attempt.waitMs === undefined || attempt.waitMs === 0 ? "" : `, then waited ${showWait(attempt)}`;
      const reused = attempt.isReusedConnection ? paint("dim", ", reused connection") : "";
      return `attempt ${attempt.number}: ${attemptOutcome(attempt)} after ${formatDuration(attempt.timings.totalMs)}${reused}${wait}`;
    })
    .join("\n");
}

function showWait({ waitMs = 0, waitReason }: Attempt): string {
  const reasons = { backoff: "", retryAfter: " (Retry-After)", rateLimit: " (rate limit)" } as const;
  return `${formatDuration(waitMs)}${waitReason === undefined ? "" : reasons[waitReason]}`;
}
