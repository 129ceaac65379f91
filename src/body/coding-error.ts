import { DecodeError, ResponseTooLargeError, type RequestSummary } from "../errors/index.ts";
import { prefix, type CodingStage } from "./content-coding.ts";

/** Compressed data that ends before its end mark, which no Content-Length can tell. */
export function truncatedBody({ coding, request }: CodingStage): DecodeError {
  return new DecodeError({
    code: "ERR_BODY_TRUNCATED",
    message: `${prefix(request)}the ${coding} body is truncated: the compressed data ends too early`,
    hint: "Repeat the call. If it happens always, the server or a proxy cuts responses.",
    request,
  });
}

/** Compressed data that is none; `cause` is the engine's own error. */
export function corruptBody(cause: unknown, { coding, request }: CodingStage): DecodeError {
  return new DecodeError({
    code: "ERR_DECODE",
    message: `${prefix(request)}the body is not valid ${coding} although Content-Encoding says so (${reasonOf(cause)})`,
    hint: "The server or a proxy labels or compresses wrongly; compare with Accept-Encoding: identity.",
    request,
    cause,
  });
}

/** The engine's error, as one of ours. */
export function codingError(error: unknown, stage: CodingStage): DecodeError {
  const isTruncated = error instanceof Error && "code" in error && error.code === "Z_BUF_ERROR";
  return isTruncated ? truncatedBody(stage) : corruptBody(error, stage);
}

/** Dropping bytes behind the end of the data in silence could drop content; only gzip's customary zero padding is let through. */
export function refuseSurplus(surplus: Uint8Array, stage: CodingStage): void {
  if (surplus.length === 0 || (stage.coding === "gzip" && surplus.every((byte) => byte === 0))) return;
  throw corruptBody(new Error("bytes follow the end of the compressed data"), stage);
}

/** Too many decoded bytes. */
export function tooLarge(limitBytes: number, request: RequestSummary | undefined): ResponseTooLargeError {
  return new ResponseTooLargeError({
    code: "ERR_RESPONSE_TOO_LARGE",
    message: `${prefix(request)}the body is larger than ${limitBytes} bytes after decoding`,
    hint: "Use stream: true, or raise maxResponseSize if the size is expected.",
    limitBytes,
    request,
  });
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
