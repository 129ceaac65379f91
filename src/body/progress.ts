import { performance } from "node:perf_hooks";
import type { EncodedBody } from "./encoded-body.ts";

interface ProgressOfEither {
  /** Bytes of the whole body; absent when it is not known. */
  readonly totalBytes?: number;
  /** From 0 to 1; absent when the total is not known. */
  readonly fraction?: number;
  /** Since the body's first byte was due. */
  readonly elapsedMs: number;
  /** On average since then; without what an earlier call had brought. */
  readonly bytesPerSecond: number;
  /** True in the last report of a body that came to its end. */
  readonly isDone: boolean;
}

/** How far a request body got. A further attempt begins at 0 again. */
export interface UploadProgress extends ProgressOfEither {
  readonly direction: "upload";
  /** Bytes handed to the connection. */
  readonly sentBytes: number;
}

/** How far a response body got, in bytes as they came over the wire. */
export interface DownloadProgress extends ProgressOfEither {
  readonly direction: "download";
  /** A resumed download counts from where it goes on. */
  readonly receivedBytes: number;
}

/** How far a body got. */
export type Progress = UploadProgress | DownloadProgress;

/** Called at the first byte, then at most every 100 ms, and at the last. An error it throws ends the transfer. */
export type ProgressListener<P extends Progress = Progress> = (progress: P) => void;

/** More often is more than an eye sees, and would cost more than the bytes. */
const MIN_GAP_MS = 100;
/** The largest step of an upload, so that a body at hand shows its way too. */
const PIECE_BYTES = 64 * 1024;

/** Counts bytes and reports them now and then. */
export class ProgressMeter {
  readonly #report: (bytes: number, common: ProgressOfEither) => void;
  readonly #now: () => number;
  readonly #startedAt: number;
  #totalBytes: number | undefined;
  #bytes = 0;
  /** Not part of the speed: here before this transfer began. */
  #givenBytes = 0;
  #reportedAt = -Infinity;

  /** @param now monotonic milliseconds */
  constructor(report: (bytes: number, common: ProgressOfEither) => void, now: () => number = () => performance.now()) {
    this.#report = report;
    this.#now = now;
    this.#startedAt = now();
  }

  /** Begins, or begins again, at `bytes` of `totalBytes`. */
  start(bytes: number, totalBytes: number | undefined): void {
    this.#givenBytes += bytes - this.#bytes;
    this.#bytes = bytes;
    this.#totalBytes = totalBytes;
    this.add(0);
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    const now = this.#now();
    if (now - this.#reportedAt >= MIN_GAP_MS) this.#tell(now, false);
  }

  finish(): void {
    this.#tell(this.#now(), true);
  }

  #tell(now: number, isDone: boolean): void {
    this.#reportedAt = now;
    const elapsedMs = now - this.#startedAt;
    const total = this.#totalBytes;
    // A server can send more than it said before that is found out.
    const known = total === undefined ? {} : { totalBytes: total, fraction: total === 0 ? 1 : Math.min(1, this.#bytes / total) };
    const transferredBytes = this.#bytes - this.#givenBytes;
    const bytesPerSecond = elapsedMs > 0 ? (transferredBytes / elapsedMs) * 1000 : 0;
    this.#report(this.#bytes, { ...known, elapsedMs, bytesPerSecond, isDone });
  }
}

/** A meter for response bytes. */
export function downloadMeter(onProgress: ProgressListener<DownloadProgress>, now?: () => number): ProgressMeter {
  return new ProgressMeter((receivedBytes, common) => onProgress({ direction: "download", receivedBytes, ...common }), now);
}

export interface DownloadSize {
  /** What Content-Length says. */
  readonly totalBytes: number | undefined;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

/** The same chunks, reported as they pass; the very same object when nobody listens. */
export function withDownloadProgress(
  chunks: AsyncIterable<Uint8Array>,
  onProgress: ProgressListener<DownloadProgress> | undefined,
  { totalBytes, now }: DownloadSize,
): AsyncIterable<Uint8Array> {
  return onProgress === undefined ? chunks : reportedChunks(chunks, () => downloadMeter(onProgress, now), totalBytes);
}

async function* reportedChunks(
  chunks: AsyncIterable<Uint8Array>,
  newMeter: () => ProgressMeter,
  totalBytes: number | undefined,
): AsyncGenerator<Uint8Array> {
  const meter = newMeter();
  meter.start(0, totalBytes);
  for await (const chunk of chunks) {
    meter.add(chunk.byteLength);
    yield chunk;
  }
  meter.finish();
}

/** The same body, reported as it is taken; the very same object when nobody listens. */
export function withUploadProgress(
  body: EncodedBody,
  onProgress: ProgressListener<UploadProgress> | undefined,
  now?: () => number,
): EncodedBody {
  return onProgress === undefined ? body : new ReportedBody(body, onProgress, now);
}

class ReportedBody implements EncodedBody {
  readonly contentType: string | undefined;
  readonly contentLength: number | undefined;
  readonly isReplayable: boolean;
  readonly #body: EncodedBody;
  readonly #onProgress: ProgressListener<UploadProgress>;
  readonly #now: (() => number) | undefined;

  constructor(body: EncodedBody, onProgress: ProgressListener<UploadProgress>, now: (() => number) | undefined) {
    this.contentType = body.contentType;
    this.contentLength = body.contentLength;
    this.isReplayable = body.isReplayable;
    this.#body = body;
    this.#onProgress = onProgress;
    this.#now = now;
  }

  // No `bytes`: a body that is handed over whole has no progress to report.
  open(): AsyncIterable<Uint8Array> {
    // Opened at once, not at the first step: a stream that was sent before must fail here.
    const chunks = this.#body.open();
    return this.#report(chunks);
  }

  async *#report(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const onProgress = this.#onProgress;
    const meter = new ProgressMeter((sentBytes, common) => onProgress({ direction: "upload", sentBytes, ...common }), this.#now);
    meter.start(0, this.contentLength);
    for await (const chunk of chunks) {
      for (let start = 0; start < chunk.byteLength; start += PIECE_BYTES) {
        const piece = chunk.subarray(start, start + PIECE_BYTES);
        yield piece;
        // Here again means that the connection took it.
        meter.add(piece.byteLength);
      }
    }
    meter.finish();
  }
}
