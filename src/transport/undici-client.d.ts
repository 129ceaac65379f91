// undici has no "exports" map: its client alone is loaded, which sets no global dispatcher and starts in a third of the time.
// The types are those parts of its documented API (docs/api/Client.md, docs/api/Dispatcher.md) that errand uses.
declare module "undici/lib/dispatcher/client.js" {
  import type { Socket } from "node:net";

  export interface Controller {
    readonly rawHeaders: readonly Buffer[] | null;
    abort(reason: Error): void;
    pause(): void;
    resume(): void;
  }

  /** Header values by lower-case name; a list where the header came more than once. */
  type HeaderMap = Readonly<Record<string, string | string[] | undefined>>;

  export interface Handler {
    onRequestStart(controller: Controller): void;
    onRequestSent?(): void;
    onResponseStart(controller: Controller, status: number, ...rest: [headers: HeaderMap, statusText?: string]): void;
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

  export interface ClientOptions {
    readonly pipelining: number;
    readonly allowH2: boolean;
    readonly headersTimeout: number;
    readonly bodyTimeout: number;
    readonly keepAliveTimeout: number;
    readonly connect: (options: unknown, callback: (error: Error | null, socket: Socket | null) => void) => void;
  }

  export default class Client {
    constructor(origin: string, options: ClientOptions);
    dispatch(options: DispatchOptions, handler: Handler): boolean;
    destroy(): Promise<void>;
    on(event: "disconnect", listener: () => void): this;
  }
}

declare module "undici/lib/core/symbols.js" {
  const symbols: { readonly kParser: symbol };
  export default symbols;
}
