import { hashBody, type Auth, type SigningRequest } from "../auth/index.ts";
import type { EncodedBody } from "../body/index.ts";
import { mergeCookies } from "../cookies/index.ts";
import { InvalidRequestError, RequestError } from "../errors/index.ts";
import { openSecret, redactText, type Secret } from "../secrets/index.ts";
import type { Cancellation, WireRequest, WireResult } from "../transport/index.ts";
import type { Call } from "./call.ts";
import { checkValue, HeaderList } from "./header-list.ts";

/** Signs the call's current hop, opens its secrets and sends it once. No promise of its own where nothing has to be waited for. */
export function send(call: Call, cancellation: Cancellation, own: HeaderList): Promise<WireResult> {
  const { cookies } = call.context;
  const headers = cookies === undefined ? own : withCookies(own, cookies.header(call.url));
  const wireHeaders = call.auth === undefined ? plainHeaders(headers) : signedHeaders(call, call.auth, headers);
  if (wireHeaders instanceof Promise) return call.control.guard(wireHeaders).then((opened) => transmit(call, cancellation, opened));
  return transmit(call, cancellation, wireHeaders);
}

/** The session's own list is shared: the jar's cookies go into a copy. */
function withCookies(headers: HeaderList, fromJar: string | undefined): HeaderList {
  const merged = fromJar === undefined ? undefined : mergeCookies(headers.value("cookie"), fromJar);
  if (merged === undefined) return headers;
  const copy = new HeaderList(headers);
  copy.set("cookie", merged);
  return copy;
}

function transmit(call: Call, cancellation: Cancellation, headers: readonly string[]): Promise<WireResult> {
  const request: WireRequest = {
    method: call.method,
    url: call.url,
    origin: call.origin,
    path: call.path,
    headers,
    body: call.body === undefined ? undefined : (call.body.bytes ?? track(call, call.body)),
    isStreamed: call.isStreamed,
    followsRedirects: !call.redirect.isOff,
    maxBytes: call.maxBytes ?? Number.POSITIVE_INFINITY,
    idleTimeoutMs: call.times.idleTimeoutMs,
    mustBeFresh: call.needsFreshConnection,
    summary: () => call.summary,
  };
  call.needsFreshConnection = false;
  const resendCount = call.sentRequests;
  call.sentRequests += 1;
  const { transport } = call.context;
  if (call.observation === undefined) return transport.exchange(request, cancellation);
  const facts = { method: call.method, url: call.url, redactedUrl: call.summary.url, resendCount };
  return call.observation.send(facts, request, (traced) => transport.exchange(traced, cancellation));
}

/** The largest piece handed to the socket at once: on a slow line each piece that left shows that it moves. */
const pieceBytes = 64 * 1024;

/** Lazily opened: a body whose request was never written is still whole. */
async function* track(call: Call, body: EncodedBody): AsyncGenerator<Uint8Array> {
  call.isBodyTaken = true;
  try {
    for await (const chunk of body.open()) {
      for (let start = 0; start < chunk.byteLength; start += pieceBytes) {
        call.control.touch();
        yield chunk.subarray(start, start + pieceBytes);
      }
    }
    call.control.touch();
  } catch (error) {
    throw error instanceof RequestError ? error : brokenSource(call, error);
  }
}

/** The caller's own stream or iterator failed: not the network's fault, and not the server's. */
function brokenSource(call: Call, cause: unknown): InvalidRequestError {
  const { method, url } = call.summary;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new InvalidRequestError({
    code: "ERR_INVALID_BODY",
    message: redactText(`${method} ${url}: the body's source failed while it was being sent: ${reason}`),
    hint: "error.cause is the source's own error.",
    cause,
    request: call.summary,
  });
}

function signedHeaders(call: Call, auth: Auth, headers: HeaderList): readonly string[] | Promise<readonly string[]> {
  const signed = new HeaderList(headers);
  const isOverridden = headers.has("authorization");
  const request: SigningRequest = {
    method: call.method,
    // A copy: the call's own is shared with others.
    url: new URL(call.url),
    hasHeader: (name) => signed.has(name),
    setHeader: (name, value) => {
      // A header the caller wrote beats what an Auth would put there.
      if (!isOverridden || name.toLowerCase() !== "authorization") signed.merge({ [name]: value });
    },
    headers: () => signed.lines(),
    bodyHash: (algorithm) => hashBody(call.body, algorithm),
    fetch: call.context.authFetch,
  };
  call.signedRequest = request;
  const signing = auth.sign(request);
  return signing instanceof Promise ? signing.then(() => plainHeaders(signed)) : plainHeaders(signed);
}

function plainHeaders(headers: HeaderList): readonly string[] | Promise<string[]> {
  const flat = headers.flat();
  if (flat.text !== undefined) return flat.text;
  const { values } = flat;
  const opened = values.map((value, index) => (typeof value === "string" ? value : open(value, String(values[index - 1]))));
  return opened.every((value) => typeof value === "string") ? opened : Promise.all(opened.map(async (value) => value));
}

function open(secret: Secret, name: string): string | Promise<string> {
  const value = openSecret(secret);
  return value instanceof Promise ? value.then((text) => checkValue(name, text)) : checkValue(name, value);
}
