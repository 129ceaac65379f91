import type { Attempt } from "../errors/index.ts";
import { formatDuration } from "../retry/index.ts";

const reasons = { backoff: "backoff", retryAfter: "Retry-After", rateLimit: "rate limit" } as const;

/** `3 attempts in 4.2 s: 503 (waited 2 s, Retry-After), reset, 200`. */
export function explainAttempts(attempts: readonly Attempt[], elapsedMs: number, why: string | undefined): string {
  const count = `${attempts.length} attempt${attempts.length === 1 ? "" : "s"} in ${formatDuration(elapsedMs)}`;
  const parts = attempts.map((attempt) => {
    const outcome = attempt.status === undefined ? word(attempt.error?.code) : String(attempt.status);
    if (attempt.waitMs === undefined) return outcome;
    return `${outcome} (waited ${formatDuration(attempt.waitMs)}, ${reasons[attempt.waitReason ?? "backoff"]})`;
  });
  return `${count}: ${parts.join(", ")}${why === undefined ? "" : `; no further attempt: ${why}`}`;
}

/** True when there is more to tell than the failure itself; that a call without retries was not repeated is no news. */
export function hasStory(attempts: readonly Attempt[], why: string | undefined): boolean {
  return attempts.length > 1 || (why !== undefined && attempts[0]?.stopped !== "attempts");
}

function word(code: string | undefined): string {
  return (code ?? "error")
    .replace(/^ERR_(CONNECTION_|TLS_(?=.))?/, "")
    .toLowerCase()
    .replaceAll("_", " ");
}
