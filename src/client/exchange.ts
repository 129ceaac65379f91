import { decodeBytes, decodeStream } from "../body/index.ts";
import { RequestError, type RequestSummary } from "../errors/index.ts";
import type { BodyStream, Cancellation, ExchangeFailure, WireResponse } from "../transport/index.ts";
import type { Call } from "./call.ts";
import { HeaderList } from "./header-list.ts";
import type { MiddlewareRequest, Next } from "./middleware.ts";
import { ErrandResponse } from "./response.ts";
import type { CallRecord } from "./response-head.ts";
import { send } from "./send.ts";
import { StreamResponse } from "./stream-response.ts";

/** One exchange's end: a response of any status, or a failure. */
export type Exchanged = { readonly response: ErrandResponse | StreamResponse; readonly isReused: boolean } | { readonly failure: ExchangeFailure };

/** Sends the current hop once, through the middleware where there is some. */
export async function exchange(call: Call, attempt: { readonly number: number; readonly hop: number; readonly cancellation: Cancellation }): Promise<Exchanged> {
  const { middleware } = call.context;
  if (middleware.length === 0) return sendOnce(call, call.headers, attempt.cancellation);
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
  const chain = middleware.reduceRight<Next>((next, layer) => (request) => layer(request, next), transmit);
  try {
    return { response: await chain(middlewareRequest(call, headers, attempt)), isReused };
  } catch (error) {
    // The transport's own failure keeps what is known about it; an error of the middleware's is final.
    if (failure !== undefined && failure.error === error) return { failure };
    throw error;
  }
}

function middlewareRequest(call: Call, headers: HeaderList, { number, hop }: { number: number; hop: number }): MiddlewareRequest {
  return {
    method: call.method,
    url: call.url,
    attempt: number,
    hop,
    setHeaders: (input) => headers.merge(input),
    header: (name) => headers.get(name),
  };
}

async function sendOnce(call: Call, headers: HeaderList, cancellation: Cancellation): Promise<Exchanged> {
  const result = await send(call, cancellation, headers);
  if (result.error !== undefined) return { failure: result };
  try {
    const response = call.isStreamed ? streamed(call, result) : await buffered(call, result);
    return { response, isReused: result.isReusedConnection };
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return { failure: { error, isUnprocessed: false, isStale: false, timings: result.timings } };
  }
}

async function buffered(call: Call, wire: WireResponse): Promise<ErrandResponse> {
  const { headers, body } = wire;
  const encoding = headers["content-encoding"];
  let bytes = body as Buffer;
  if (encoding !== undefined && bytes.length > 0) {
    const decoded = decodeBytes(bytes, String(encoding), { maxBytes: call.maxBytes, request: call.summary });
    bytes = decoded instanceof Promise ? await decoded : decoded;
  }
  return new ErrandResponse({ ...head(call, wire), bytes });
}

function streamed(call: Call, wire: WireResponse): StreamResponse {
  const stream = wire.body as BodyStream;
  const encoding = wire.headers["content-encoding"];
  const limits = { maxBytes: call.maxBytes, request: call.summary };
  const body = encoding === undefined && call.maxBytes === undefined ? stream : decodeStream(stream, encoding === undefined ? undefined : String(encoding), limits);
  return new StreamResponse({ ...head(call, wire), body, close: () => stream.close(), onSettled: (listener) => stream.onSettled(listener) });
}

function head(call: Call, wire: WireResponse): HeadInit {
  const { status, statusText, headers, rawHeaders, timings } = wire;
  return { status, statusText, headers, rawHeaders, timings, url: call.url.href, request: call.summary, record: { attempts: [], history: [], elapsedMs: timings.totalMs, why: undefined } };
}

interface HeadInit extends Pick<WireResponse, "status" | "statusText" | "headers" | "rawHeaders" | "timings"> {
  readonly url: string;
  readonly request: RequestSummary;
  readonly record: CallRecord;
}
