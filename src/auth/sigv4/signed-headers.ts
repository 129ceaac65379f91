/** Changed, added or dropped on the way by proxies and by HTTP itself, or no part of what is asked: AWS's own clients leave them out too. */
const unsigned: ReadonlySet<string> = new Set([
  "accept",
  "accept-charset",
  "accept-encoding",
  "accept-language",
  "authorization",
  "baggage",
  "cache-control",
  "connection",
  "content-length",
  "cookie",
  "expect",
  "forwarded",
  "from",
  "keep-alive",
  "max-forwards",
  "pragma",
  "referer",
  "te",
  "traceparent",
  "tracestate",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
  "via",
  "x-amzn-trace-id",
]);

/** True for the headers a signature covers: those that say what is asked for, and every x-amz- header, which AWS requires. */
export function isSignedHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return !unsigned.has(lower) && !/^(?:proxy-|sec-|x-forwarded-)/.test(lower);
}
