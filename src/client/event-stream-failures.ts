import { AbortError, ConnectionError, DeadlineError, DecodeError, type RequestError, type RequestSummary } from "../errors/index.ts";
import { formatDuration } from "../retry/index.ts";
import { redactText } from "../secrets/index.ts";

/** How one connection of an event stream ended. */
export interface StreamEnding {
  /** It broke, or did not come about. */
  readonly error?: RequestError;
  /** It was refused for now. */
  readonly status?: number;
  /** By Retry-After. */
  readonly askedMs?: number | undefined;
  readonly request?: RequestSummary | undefined;
}

export function noEventStream(
  { status, request }: { status: number; request: RequestSummary },
  contentType: string | undefined,
): DecodeError {
  const what = contentType === undefined ? "no content type" : `content type ${JSON.stringify(redactText(contentType).slice(0, 100))}`;
  return new DecodeError({
    code: "ERR_DECODE",
    message: `${place(request)}answered ${status} with ${what} where text/event-stream is due`,
    hint: "Check the address: a login or error page looks like this. Other streams are read with lines() or ndjson().",
    request,
  });
}

export function noEvents({ status, request }: StreamEnding, failures: number): ConnectionError {
  const what = status === undefined ? "ended without an event" : `was refused with ${status}`;
  return new ConnectionError({
    code: "ERR_CONNECTION_CLOSED",
    message: `${place(request)}the event stream ${what}; ${failures} connections in a row brought nothing`,
    hint: "Raise maxFailures, or look into the server's log.",
    request,
  });
}

export function notInTime({ error, request }: StreamEnding, waitMs: number): DeadlineError {
  return new DeadlineError({
    code: "ERR_DEADLINE",
    message: `${place(request)}the event stream ended, and its deadline comes before the next connection (in ${formatDuration(waitMs)})`,
    hint: "Raise deadline, or leave it out: an event stream has no end of its own.",
    request,
    cause: error,
  });
}

export function aborted(signal: AbortSignal, request: RequestSummary | undefined): AbortError {
  return new AbortError({
    code: "ERR_ABORTED",
    message: `${place(request)}aborted by the caller between two connections`,
    request,
    cause: signal.reason,
  });
}

function place(request: RequestSummary | undefined): string {
  return request === undefined ? "" : `${request.method} ${request.url}: `;
}
