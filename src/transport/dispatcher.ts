import type { Socket } from "node:net";
import Client from "undici/lib/dispatcher/client.js";

// The parts of undici's documented API (docs/api/Client.md, docs/api/Dispatcher.md) that errand uses.

export interface Controller {
  readonly rawHeaders: readonly Buffer[] | null;
  abort(reason: Error): void;
  pause(): void;
  resume(): void;
}

/** Header values by lower-case name; a list where the header came more than once. */
export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface Handler {
  onRequestStart(controller: Controller): void;
  onRequestSent?(): void;
  onResponseStart(controller: Controller, status: number, ...rest: [headers: ResponseHeaders, statusText?: string]): void;
  onResponseData(controller: Controller, chunk: Buffer): void;
  onResponseEnd(controller: Controller): void;
  onResponseError(controller: Controller | null, error: Error): void;
}

export interface DispatchOptions {
  readonly origin: string;
  readonly path: string;
  readonly method: string;
  /** name, value, name, value ... */
  readonly headers: readonly string[];
  readonly body: Buffer | AsyncIterable<Uint8Array> | null;
  readonly blocking: boolean;
  // Named so that they are own properties: undici destructures, and would take them from a polluted Object.prototype.
  readonly query: undefined;
  readonly idempotent: undefined;
  readonly upgrade: undefined;
  readonly headersTimeout: undefined;
  readonly bodyTimeout: undefined;
  readonly reset: undefined;
  readonly expectContinue: undefined;
  readonly servername: undefined;
  readonly throwOnError: undefined;
  readonly maxRedirections: undefined;
  readonly typeOfService: undefined;
}

export interface DispatchClient {
  dispatch(options: DispatchOptions, handler: Handler): boolean;
  destroy(): Promise<void>;
  on(event: "disconnect", listener: () => void): unknown;
}

/** Hands undici a socket, or why there is none. */
export type Settle = (error: Error | null, socket: Socket | null) => void;

/** undici's own default: below the 5 s after which Node servers close an idle connection. */
const keepAliveMs = 4_000;

/** A client for one connection at a time, made by `connect`; its timeouts are ours. */
export function openClient(origin: string, connect: (settle: Settle) => void): DispatchClient {
  const options = {
    pipelining: 1,
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: keepAliveMs,
    connect: (_options: unknown, settle: Settle) => connect(settle),
  };
  // Without a prototype: undici reads further options, and must not find them on a polluted Object.prototype.
  return new Client(origin, Object.assign(Object.create(null), options));
}
