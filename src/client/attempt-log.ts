import type { Attempt } from "../errors/index.ts";
import { formatDuration } from "../retry/index.ts";

export type AttemptLog = (attempt: Attempt, why: string | undefined) => void;

/**
 * `ERRAND_LOG=attempts` writes failed and repeated attempts to stderr, `debug` every one; otherwise the library is silent.
 *
 * Read when a session is made.
 */
export function attemptLog(
  env: NodeJS.ProcessEnv = process.env,
  write: (line: string) => void = (line) => process.stderr.write(line),
): AttemptLog | undefined {
  const level = env["ERRAND_LOG"];
  if (level !== "attempts" && level !== "debug") return undefined;
  return (attempt, why) => {
    const isPlain = attempt.number === 1 && attempt.stopped !== undefined && attempt.status !== undefined && attempt.status < 400;
    if (level === "debug" || !isPlain) write(`errand: ${describeAttempt(attempt, why)}\n`);
  };
}

function describeAttempt({ number, method, url, status, error, timings, waitMs }: Attempt, why: string | undefined): string {
  const outcome = status === undefined ? (error?.code ?? "error") : String(status);
  const next = waitMs === undefined ? (why === undefined ? "" : `; ${why}`) : `; again in ${formatDuration(waitMs)}`;
  return `${method} ${url} attempt ${number}: ${outcome} after ${formatDuration(timings.totalMs)}${next}`;
}
