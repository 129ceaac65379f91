import type { Writable } from "node:stream";
import { wrongLength } from "./fields.ts";

export interface BodySink {
  /** False when nobody wants the rest any more. */
  isOpen(): boolean;
  /** False when it is full: `stream` then drains or closes. */
  write(chunk: Uint8Array): boolean;
  readonly stream: Writable;
}

/**
 * Sends a body piece by piece, no faster than it leaves. False when it was not wanted to its end.
 *
 * @throws what its source throws, or ExplainedFailure when it is not as long as declared
 */
export async function sendBody(body: AsyncIterable<Uint8Array>, sink: BodySink, contentLength: number | undefined): Promise<boolean> {
  let sentBytes = 0;
  for await (const chunk of body) {
    // Leaving the loop closes the source.
    if (!sink.isOpen()) return false;
    sentBytes += chunk.byteLength;
    if (contentLength !== undefined && sentBytes > contentLength) throw wrongLength();
    if (chunk.byteLength > 0 && !sink.write(chunk)) await drained(sink.stream);
  }
  if (!sink.isOpen()) return false;
  if (contentLength !== undefined && sentBytes !== contentLength) throw wrongLength();
  return true;
}

function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off("drain", done);
      stream.off("close", done);
      resolve();
    };
    stream.on("drain", done);
    stream.on("close", done);
  });
}
