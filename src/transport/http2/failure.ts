import { ExplainedFailure, type Explanation } from "../explained-failure.ts";

export interface StreamFate {
  /** Certain that the server processed nothing of the request (RFC 9113 6.8, 8.7). */
  readonly isUnprocessed: boolean;
  /** The connection went, not this stream alone: another connection may do better at once. */
  readonly isConnectionLost: boolean;
}

/** An HTTP/2 stream that ended without its whole response. */
export class StreamFailure extends ExplainedFailure {
  readonly fate: StreamFate;

  constructor(explanation: Explanation, fate: StreamFate, cause?: unknown) {
    super(explanation, cause);
    this.fate = fate;
  }
}

/** A stream that was reset, by the peer or by our own parser. `code` is one of RFC 9113 7. */
export function streamReset(code: number, cause: Error | undefined): StreamFailure {
  const name = errorNames[code] ?? `code ${code}`;
  const isHttp1Required = name === "HTTP_1_1_REQUIRED";
  const remedy = name === "ENHANCE_YOUR_CALM" ? "It was too much for the other side: lower concurrency or rate." : otherwise;
  return new StreamFailure(
    malformed.has(name)
      ? { code: "ERR_MALFORMED_RESPONSE", problem: `the answer is not valid HTTP/2 (${name})`, remedy }
      : { code: "ERR_CONNECTION_RESET", problem: `the server reset the stream (${name})`, remedy },
    { isUnprocessed: isHttp1Required || name === "REFUSED_STREAM", isConnectionLost: isHttp1Required },
    cause,
  );
}

/** A connection that went under its streams. */
export function connectionLost(
  cause: Error | undefined,
  { isUnprocessed, hasGoaway }: { isUnprocessed: boolean; hasGoaway: boolean },
): StreamFailure {
  return new StreamFailure(explainLoss(cause, hasGoaway), { isUnprocessed, isConnectionLost: true }, cause);
}

function explainLoss(cause: Error | undefined, hasGoaway: boolean): Explanation {
  const code = cause !== undefined && "code" in cause ? String(cause.code) : undefined;
  // nghttp2's verdict about what came.
  if (code === "ERR_HTTP2_ERROR")
    return { code: "ERR_MALFORMED_RESPONSE", problem: `the answer is not valid HTTP/2 (${cause?.message})`, remedy: otherwise };
  if (hasGoaway) return { code: "ERR_CONNECTION_CLOSED", problem: "the server closed the connection (GOAWAY)", remedy: undefined };
  return cause === undefined
    ? { code: "ERR_CONNECTION_CLOSED", problem: "the server closed the connection without an answer", remedy: undefined }
    : { code: "ERR_CONNECTION_RESET", problem: `the connection was reset (${code ?? cause.message})`, remedy: undefined };
}

const otherwise = "See the server's log, or try http2: false.";

/** What nghttp2 resets a stream with when the peer broke the rules; a peer that says so of us is rare, and no more helpful. */
const malformed: ReadonlySet<string> = new Set(["PROTOCOL_ERROR", "FRAME_SIZE_ERROR", "COMPRESSION_ERROR", "FLOW_CONTROL_ERROR"]);

const errorNames: readonly string[] = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
];
