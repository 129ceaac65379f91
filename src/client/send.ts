import { ConfigError, InvalidRequestError } from "../errors/index.ts";
import type { EncodedBody } from "../body/index.ts";
import { openSecret, type Secret } from "../secrets/index.ts";
import type { Cancellation, WireRequest, WireResult } from "../transport/index.ts";
import type { Call } from "./call.ts";
import { checkValue, HeaderList } from "./header-list.ts";

/** Signs the call's current hop, opens its secrets and sends it once. */
export async function send(call: Call, cancellation: Cancellation, headers: HeaderList): Promise<WireResult> {
  const wireHeaders = call.auth === undefined ? plainHeaders(headers) : await signedHeaders(call, headers);
  const request: WireRequest = {
    method: call.method,
    url: call.url,
    path: call.url.pathname + call.url.search,
    headers: wireHeaders instanceof Promise ? await wireHeaders : wireHeaders,
    body: call.body === undefined ? undefined : (call.body.bytes ?? track(call, call.body)),
    isStreamed: call.isStreamed,
    maxBytes: call.maxBytes ?? Number.POSITIVE_INFINITY,
    idleTimeoutMs: call.idleTimeoutMs,
    mustBeFresh: call.needsFreshConnection,
    summary: () => call.summary,
  };
  call.needsFreshConnection = false;
  try {
    return await call.context.transport.exchange(request, cancellation);
  } catch (error) {
    throw asInvalid(error, call);
  }
}

/** Lazily opened: a body whose request was never written is still whole. */
async function* track(call: Call, body: EncodedBody): AsyncGenerator<Uint8Array> {
  call.isBodyTaken = true;
  for await (const chunk of body.open()) {
    call.control.touch();
    yield chunk;
  }
}

async function signedHeaders(call: Call, headers: HeaderList): Promise<readonly string[]> {
  const signed = new HeaderList(headers);
  const isOverridden = headers.has("authorization");
  const signing = call.auth?.sign({
    method: call.method,
    url: call.url,
    hasHeader: (name) => signed.has(name),
    setHeader: (name, value) => {
      // A header the caller wrote beats what an Auth would put there.
      if (!isOverridden || name.toLowerCase() !== "authorization") signed.merge({ [name]: value });
    },
  });
  try {
    if (signing instanceof Promise) await signing;
    return await plainHeaders(signed);
  } catch (error) {
    throw asInvalid(error, call);
  }
}

function plainHeaders(headers: HeaderList): readonly string[] | Promise<string[]> {
  const flat = headers.flat();
  if (flat.text !== undefined) return flat.text;
  const { values } = flat;
  const opened = values.map((value, index) => (typeof value === "string" ? value : open(value, String(values[index - 1]))));
  return opened.every((value) => typeof value === "string") ? opened : Promise.all(opened);
}

function open(secret: Secret, name: string): string | Promise<string> {
  const value = openSecret(secret);
  return value instanceof Promise ? value.then((text) => checkValue(name, text)) : checkValue(name, value);
}

/** Secrets and TLS files that cannot be read are, for the caller of a request, a request that cannot be sent. */
function asInvalid(error: unknown, call: Call): unknown {
  if (!(error instanceof ConfigError)) return error;
  return new InvalidRequestError({ code: error.code, message: error.message, hint: error.hint, cause: error, request: call.summary });
}

