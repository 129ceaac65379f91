export type { BodyStream } from "./body-stream.ts";
export { Cancellation } from "./cancellation.ts";
export type { Lookup } from "./dial.ts";
export type { ResponseHeaders } from "./handler.ts";
export type { WireRequest, WireResponse, WireResult } from "./exchange.ts";
export type { ExchangeFailure } from "./failure.ts";
export type { TLSOptions } from "./tls-material.ts";
export { Transport, type TransportOptions } from "./transport.ts";
