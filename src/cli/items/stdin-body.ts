import type { BodySource } from "../../body/index.ts";
import type { Io } from "../io.ts";

/** Up to here stdin is read before the request is sent: its length is known then, and a retry can send it again. */
const bufferedBytes = 1_000_000;

/**
 * The body that stands on stdin; undefined when stdin is empty. Larger than a megabyte it is streamed, and sent once.
 *
 * @param noticeAfterMs a pipe that nobody writes to looks like a program that hangs: then it says what it waits for
 */
export async function stdinBody(io: Pick<Io, "stdin" | "stderr">, noticeAfterMs = 2_000): Promise<BodySource | undefined> {
  const chunks = io.stdin.chunks()[Symbol.asyncIterator]();
  const notice = setTimeout(() => io.stderr.print("waiting for the body on stdin (for none: < /dev/null)"), noticeAfterMs);
  const read: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    while (sizeBytes <= bufferedBytes) {
      const next = await chunks.next();
      clearTimeout(notice);
      if (next.done === true) return sizeBytes === 0 ? undefined : Buffer.concat(read);
      read.push(next.value);
      sizeBytes += next.value.byteLength;
    }
  } finally {
    clearTimeout(notice);
  }
  return (async function* () {
    yield* read;
    yield* { [Symbol.asyncIterator]: () => chunks };
  })();
}
