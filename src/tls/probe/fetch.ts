import { request, type IncomingMessage } from "node:http";

export interface FetchOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** Sent with POST, e.g. an OCSP request. */
  readonly body?: { readonly bytes: Buffer; readonly type: string } | undefined;
  readonly maxBytes?: number | undefined;
}

/** Issuers have some 2 kB, answers of OCSP some 5; lists of revocations can be large. */
const defaultMaxBytes = 256 * 1024;

/** Fetches what a certificate points to: http only (what comes is signed; https would need a chain to check a chain), no redirects, no more bytes than expected. Undefined when that fails. */
export function fetchBytes(
  url: string,
  { timeoutMs, signal, body, maxBytes = defaultMaxBytes }: FetchOptions,
): Promise<Buffer | undefined> {
  if (!URL.canParse(url) || new URL(url).protocol !== "http:" || new URL(url).username !== "") return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const timeout = AbortSignal.timeout(timeoutMs);
    const sending = request(url, {
      method: body === undefined ? "GET" : "POST",
      headers: { connection: "close", ...(body === undefined ? {} : { "content-type": body.type, "content-length": body.bytes.length }) },
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    });
    sending.on("error", () => resolve(undefined));
    sending.on("response", (response) => void collect(response, maxBytes).then(resolve));
    sending.end(body?.bytes);
  });
}

async function collect(response: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    if (response.statusCode !== 200) return undefined;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) return undefined;
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch {
    // Cut off or timed out: as good as not there, and the diagnosis goes on without.
    return undefined;
  } finally {
    response.destroy();
  }
}
