import { decodeBytes, decodeStream, withDownloadProgress } from "../body/index.ts";
import { ConfigError, InvalidRequestError, RequestError } from "../errors/index.ts";
import { hasRequestSubscribers } from "../telemetry/index.ts";
import type { Cancellation, ExchangeFailure, WireResponse } from "../transport/index.ts";
import type { Call } from "./call.ts";
import { HeaderList } from "./header-list.ts";
import { watched } from "./watched.ts";
import type { MiddlewareRequest, Next } from "./middleware.ts";
import { ErrandResponse } from "./response.ts";
import { send } from "./send.ts";
import { StreamResponse } from "./stream-response.ts";

/** One exchange's end: a response of any status, or a failure. */
export type Exchanged =
  | { readonly response: ErrandResponse | StreamResponse; readonly isReused: boolean }
  | { readonly failure: ExchangeFailure };

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
    const response = await call.control.guard(chain(middlewareRequest(call, headers, attempt)));
    return { response: checkResponse(response, call), isReused };
  } catch (error) {
    // The transport's own failure keeps what is known about it; an error of the middleware's is final.
    if (failure !== undefined && failure.error === error) return { failure };
    throw error;
  }
}

function checkResponse(response: unknown, call: Call): ErrandResponse | StreamResponse {
  if (response instanceof ErrandResponse || response instanceof StreamResponse) return response;
  throw new InvalidRequestError({
    code: "ERR_INVALID_OPTION",
    message: `a middleware returned ${response === undefined ? "nothing" : `a value of type ${typeof response}`} instead of a response`,
    hint: "Return what next(request) gives.",
    request: call.summary,
  });
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

function sendOnce(call: Call, headers: HeaderList, cancellation: Cancellation): Promise<Exchanged> {
  if (call.context.tracing === undefined && !hasRequestSubscribers()) return exchangeOnce(call, headers, cancellation);
  return watched(call, () => exchangeOnce(call, headers, cancellation));
}

function exchangeOnce(call: Call, headers: HeaderList, cancellation: Cancellation): Promise<Exchanged> {
  let sending: ReturnType<typeof send>;
  try {
    sending = send(call, cancellation, headers);
  } catch (error) {
    return Promise.resolve(failed(call, error, undefined));
  }
  return sending.then(
    (result) => {
      if (result.error !== undefined) return { failure: result };
      call.observation?.respond(result);
      call.context.cookies?.store(call.url, result.headers["set-cookie"]);
      return received(call, result);
    },
    (error: unknown) => failed(call, error, undefined),
  );
}

function received(call: Call, wire: WireResponse): Exchanged | Promise<Exchanged> {
  try {
    const response = call.isStreamed ? streamed(call, wire) : buffered(call, wire);
    if (!(response instanceof Promise)) return { response, isReused: wire.isReusedConnection };
    return response.then(
      (decoded) => ({ response: decoded, isReused: wire.isReusedConnection }),
      (error: unknown) => failed(call, error, wire),
    );
  } catch (error) {
    return failed(call, error, wire);
  }
}

/** Errors of the caller's own code are thrown on: they are no failure of the exchange. */
function failed(call: Call, error: unknown, wire: WireResponse | undefined): Exchanged {
  const known = asRequestError(error, call);
  if (!(known instanceof RequestError)) throw known;
  const timings = wire?.timings ?? { totalMs: call.control.attemptMs };
  return {
    failure: {
      error: known,
      isUnprocessed: wire === undefined,
      isStale: false,
      isReused: wire?.isReusedConnection ?? false,
      timings,
      brokenHeaders: wire === undefined || wire.status < 300 ? undefined : wire.headers,
    },
  };
}

/** Secrets and TLS files that cannot be read are, for the caller of a request, a request that cannot be sent. */
export function asRequestError(error: unknown, call: Call): unknown {
  if (!(error instanceof ConfigError)) return error;
  return new InvalidRequestError({ code: error.code, message: error.message, hint: error.hint, cause: error, request: call.summary });
}

function buffered(call: Call, wire: WireResponse): ErrandResponse | Promise<ErrandResponse> {
  const { headers, body } = wire;
  if (!Buffer.isBuffer(body)) throw new TypeError("a buffered exchange has its body");
  const encoding = headers["content-encoding"];
  if (encoding === undefined || body.length === 0 || call.options.decompress === false || isRedirect(call, wire)) {
    return new ErrandResponse({ wire, url: call.url, method: call.method, bytes: body });
  }
  const decoded = decodeBytes(body, String(encoding), { maxBytes: call.maxBytes, request: call.summary });
  const respond = (bytes: Buffer): ErrandResponse => new ErrandResponse({ wire, url: call.url, method: call.method, bytes });
  return decoded instanceof Promise ? decoded.then(respond) : respond(decoded);
}

/** Followed whatever its body is: servers mislabel the bodies of redirects, and nobody reads them. */
function isRedirect(call: Call, { status, headers }: WireResponse): boolean {
  return status >= 300 && status < 400 && !call.redirect.isOff && headers["location"] !== undefined;
}

function streamed(call: Call, wire: WireResponse): StreamResponse {
  const stream = wire.body;
  if (Buffer.isBuffer(stream)) throw new TypeError("a streamed exchange has its stream");
  const encoding = call.options.decompress === false ? undefined : wire.headers["content-encoding"];
  const { onProgress } = call.options;
  const chunks = onProgress === undefined ? stream : withDownloadProgress(stream, onProgress, { totalBytes: sizeOf(wire) });
  const limits = { maxBytes: call.maxBytes, request: call.summary };
  const body =
    encoding === undefined && call.maxBytes === undefined
      ? chunks
      : decodeStream(chunks, encoding === undefined ? undefined : String(encoding), limits);
  return new StreamResponse({ wire, url: call.url, method: call.method, body, source: stream });
}

function sizeOf({ headers }: WireResponse): number | undefined {
  const length = headers["content-length"];
  return length === undefined ? undefined : Number(length);
}
