import type { RequestSummary } from "../errors/index.ts";
import { corruptBody, refuseSurplus, tooLarge, truncatedBody } from "./coding-error.ts";
import { readContentEncoding, type CodingStage, type DecodeLimits } from "./content-coding.ts";
import { Inflater } from "./inflater.ts";
import { ZstdFrames } from "./zstd-frames.ts";

/**
 * The decoded body of a streamed response: as much as is asked for at a time, errors of the source unchanged.
 *
 * Leaving the loop early closes the engines and the source. Throws DecodeError for corrupt (ERR_DECODE) or truncated
 * (ERR_BODY_TRUNCATED) data and for more than five codings, ResponseTooLargeError past `limits.maxBytes`.
 */
export function decodeStream(
  chunks: AsyncIterable<Uint8Array>,
  contentEncoding: string | undefined,
  limits: DecodeLimits,
): AsyncIterable<Uint8Array> {
  let decoded = chunks;
  for (const coding of readContentEncoding(contentEncoding, limits.request)) {
    decoded = undoCoding(decoded, { coding, request: limits.request });
  }
  return limits.maxBytes === undefined ? decoded : capped(decoded, limits.maxBytes, limits.request);
}

async function* capped(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
  request: RequestSummary | undefined,
): AsyncGenerator<Uint8Array> {
  let seenBytes = 0;
  for await (const chunk of chunks) {
    seenBytes += chunk.length;
    if (seenBytes > maxBytes) throw tooLarge(maxBytes, request);
    yield chunk;
  }
}

async function* undoCoding(chunks: AsyncIterable<Uint8Array>, stage: CodingStage): AsyncGenerator<Uint8Array> {
  const frames = stage.coding === "zstd" ? new ZstdFrames() : undefined;
  let inflater: Inflater | undefined;
  try {
    for await (const chunk of chunks) {
      for (const piece of frames === undefined ? [chunk] : framePieces(frames, chunk, stage)) {
        // An empty body with a Content-Encoding is an empty body, so the engine waits for the first byte.
        if (piece.length === 0) continue;
        inflater ??= new Inflater(stage, piece[0] ?? 0);
        yield* inflater.push(piece);
        refuseSurplus(piece.subarray(Math.max(0, piece.length - inflater.surplusBytes)), stage);
      }
    }
    if (frames?.isComplete === false) throw truncatedBody(stage);
    if (inflater !== undefined) yield* inflater.finish();
  } finally {
    inflater?.close();
  }
}

/** The frames in the chunk, or its part of one. */
export function framePieces(frames: ZstdFrames, chunk: Uint8Array, stage: CodingStage): Uint8Array[] {
  try {
    return frames.push(chunk);
  } catch (error) {
    throw corruptBody(error, stage);
  }
}
