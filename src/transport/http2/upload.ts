import type { ClientHttp2Stream } from "node:http2";

/** Writes a body with back-pressure. False when the stream closed before its end: who listens to the stream knows why. */
export async function sendBody(
  stream: ClientHttp2Stream,
  body: AsyncIterable<Uint8Array>,
  contentLength: number | undefined,
): Promise<boolean> {
  let sentBytes = 0;
  for await (const chunk of body) {
    // Leaving the loop closes the source.
    if (!stream.writable) return false;
    sentBytes += chunk.byteLength;
    if (contentLength !== undefined && sentBytes > contentLength) throw lengthMismatch();
    if (!stream.write(chunk)) await drained(stream);
  }
  if (!stream.writable) return false;
  if (contentLength !== undefined && sentBytes !== contentLength) throw lengthMismatch();
  stream.end();
  return true;
}

function drained(stream: ClientHttp2Stream): Promise<void> {
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

export function lengthMismatch(): Error {
  return Object.assign(new Error("the body is not as long as its Content-Length"), { code: "UND_ERR_REQ_CONTENT_LENGTH_MISMATCH" });
}
