import { isConnectionError, isDecodeError, isRequestError, isTimeoutError } from "../../../errors/index.ts";
import { isGone, isKubernetesError } from "../error/guards.ts";
import { readStatus } from "../error/read-status.ts";

/** A connection that lived this long was no failure, however it ended: servers and proxies close watches as they like. */
const HEALTHY_MS = 30_000;

/** How one connection of a watch ended. */
export interface Ending {
  /** For people: `the server closed the watch`. */
  readonly reason: string;
  /** The resource version is of no use any more: list anew. */
  readonly mustRelist: boolean;
  /** 410: the list that follows need not wait, the first time. */
  readonly isGone: boolean;
  /** Neither an event nor a decent life: wait before the next try. */
  readonly isFailure: boolean;
  readonly retryAfterMs: number;
  readonly error?: unknown;
}

export interface Life {
  readonly hadEvents: boolean;
  readonly lastedMs: number;
}

/** The server's normal end (timeoutSeconds), or a proxy's idle limit. */
export function closed(life: Life): Ending {
  return { reason: "the server closed the watch", mustRelist: false, isGone: false, isFailure: !isHealthy(life), retryAfterMs: 0 };
}

/** True for a connection that has shown the way to be open. */
export function isHealthy({ hadEvents, lastedMs }: Life): boolean {
  return hadEvents || lastedMs >= HEALTHY_MS;
}

/** An ERROR line in a stream that began with 200; its object is a Status. */
export function errorLine(object: unknown): Ending {
  const status = readStatus(object);
  const isExpired = status?.code === 410;
  return {
    reason: isExpired ? "the resource version has expired" : `the server reported ${status?.reason ?? "an error"}`,
    mustRelist: true,
    isGone: isExpired,
    isFailure: true,
    retryAfterMs: 1000 * (status?.details?.retryAfterSeconds ?? 0),
  };
}

/** The connection broke, or fell silent, while it was read. */
export function broken(error: unknown): Ending {
  const isSilent = isTimeoutError(error);
  // Closed by ourselves: for another certificate there is a new session, after close() the next try says so.
  const isOurs = isRequestError(error) && error.code === "ERR_SESSION_CLOSED";
  return {
    reason: isSilent
      ? "nothing arrived for longer than idleTimeout"
      : `the connection broke: ${error instanceof Error ? error.message : String(error)}`,
    // A cut or garbled line leaves open which event it was.
    mustRelist: isDecodeError(error),
    isGone: false,
    // A quiet connection that nobody sends bookmarks over looks like a dead one: look again at once. It took its time anyway.
    isFailure: !isSilent && !isOurs,
    retryAfterMs: 0,
    error,
  };
}

/** A list or a watch that could not be begun; undefined when another try would not help. */
export function refused(error: unknown): Ending | undefined {
  const failure = { mustRelist: false, isGone: false, isFailure: true, retryAfterMs: 0, error };
  if (isGone(error)) return { ...failure, reason: "the resource version has expired", mustRelist: true, isGone: true };
  if (isKubernetesError(error) && (error.status === 429 || error.status >= 500)) {
    return { ...failure, reason: error.message, retryAfterMs: 1000 * (error.retryAfterSeconds ?? 0) };
  }
  if (isConnectionError(error) || isTimeoutError(error)) return { ...failure, reason: error.message };
  return undefined;
}
