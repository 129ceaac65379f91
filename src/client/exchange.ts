import { decodeBytes, decodeStream } from "../body/index.ts";
import { ConfigError, InvalidRequestError, RequestError } from "../errors/index.ts";
import type { Cancellation, ExchangeFailure, WireResponse } from "../transport/index.ts";
import type { Call } from "./call.ts";
import { HeaderList } from "./header-list.ts";
import type { MiddlewareRequest, Next } from "./middleware.ts";
import { ErrandResponse } from "./response.ts";
import { send } from "./send.ts";
import { StreamResponse } from "./stream-response.ts";

/** One exchange's end: a response of any status, or a failure. */
export type Exchanged = { readonly response: ErrandResponse | StreamResponse; readonly isReused: boolean } | { readonly failure: ExchangeFailure };

/** Sends the current hop once, through the middleware where there is some. */
export function exchange(call: Call, attempt: AttemptContext): Promise<Exchanged> {
  return call.context.middleware.length === 0 ? sendOnce(call, call.headers, attempt.cancellation) : throughMiddleware(call, attempt);
}

export interface AttemptContext {
  readonly number: number;
  readonly hop: number;
  readonly cancellation: Cancellation;
}

async function throughMiddleware(call: Call, attempt: AttemptContext): Promise<Exchanged> {
  const headers = new HeaderList(call.headers);
  let isReused = false;
  let failure: ExchangeFailure | undefined;
  const transmit: Next = async () => {
    const exchanged = await sendOnce(call, headers, attempt.cancellation);
    if ("failure" in exchanged) {
      failure = exchanged.failure;
      throw exchanged.failure.error;
    }
    isReused = exchanged.isReused;
    return exchanged.response;
  };
  const chain = call.context.middleware.reduceRight<Next>((next, layer) => (request) => layer(request, next), transmit);
  try {
    return { response: await chain(middlewareRequest(call, headers, attempt)), isReused };
  } catch (error) {
    // The transport's own failure keeps what is known about it; an error of the middleware's is final.
    if (failure !== undefined && failure.error === error) return { failure };
    throw error;
  }
}

function middlewareRequest(call: Call, headers: HeaderList, { number, hop }: AttemptContext): MiddlewareRequest {
  return {
    method: call.method,
    url: new URL(call.url),
    attempt: number,
    hop,
    setHeaders: (input) => headers.merge(input),
    header: (name) => headers.get(name),
  };
}

async function sendOnce(call: Call, headers: HeaderList, cancellation: Cancellation): Promise<Exchanged> {
  let wire: WireResponse | undefined;
  try {
    const result = await send(call, cancellation, headers);
    if (result.error !== undefined) return { failure: result };
    wire = result;
    const response = call.isStreamed ? streamed(call, wire) : buffered(call, wire);
    return { response: response instanceof Promise ? await response : response, isReused: wire.isReusedConnection };
  } catch (error) {
    return { failure: { error: asRequestError(error, call), isUnprocessed: wire === undefined, isStale: false, timings: wire?.timings ?? { totalMs: 0 } } };
  }
}

/** Secrets and TLS files that cannot be read are, for the caller of a request, a request that cannot be sent. */
function asRequestError(error: unknown, call: Call): RequestError {
  if (error instanceof RequestError) return error;
  if (!(error instanceof ConfigError)) throw error;
  return new InvalidRequestError({ code: error.code, message: error.message, hint: error.hint, cause: error, request: call.summary });
}

function buffered(call: Call, wire: WireResponse): ErrandResponse | Promise<ErrandResponse> {
  const { headers, body } = wire;
  if (!Buffer.isBuffer(body)) throw new TypeError("a buffered exchange has its body");
  const encoding = headers["content-encoding"];
  if (encoding === undefined || body.length === 0) return new ErrandResponse({ wire, url: call.url, request: call.summary, bytes: body });
  const decoded = decodeBytes(body, String(encoding), { maxBytes: call.maxBytes, request: call.summary });
  const respond = (bytes: Buffer): ErrandResponse => new ErrandResponse({ wire, url: call.url, request: call.summary, bytes });
  return decoded instanceof Promise ? decoded.then(respond) : respond(decoded);
}

function streamed(call: Call, wire: WireResponse): StreamResponse {
  const stream = wire.body;
  if (Buffer.isBuffer(stream)) throw new TypeError("a streamed exchange has its stream");
  const encoding = wire.headers["content-encoding"];
  const limits = { maxBytes: call.maxBytes, request: call.summary };
  const body = encoding === undefined && call.maxBytes === undefined ? stream : decodeStream(stream, encoding === undefined ? undefined : String(encoding), limits);
  return new StreamResponse({ wire, url: call.url, request: call.summary, body, close: () => stream.close(), onSettled: (listener) => stream.onSettled(listener) });
}
