import { createHash } from "node:crypto";
import type { EncodedBody } from "../body/index.ts";

/**
 * Hash of a body in lower-case hex, as signatures want it: at once for bytes at hand, a promise for files, which are read for it.
 *
 * Undefined for a stream that can be read once: nothing would be left to send.
 * @param algorithm a name of node:crypto, e.g. "sha256"
 */
export function hashBody(body: EncodedBody | undefined, algorithm: string): string | Promise<string> | undefined {
  if (body === undefined) return createHash(algorithm).digest("hex");
  if (body.bytes !== undefined) return createHash(algorithm).update(body.bytes).digest("hex");
  return body.isReplayable ? hashChunks(body.open(), algorithm) : undefined;
}

async function hashChunks(chunks: AsyncIterable<Uint8Array>, algorithm: string): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}
