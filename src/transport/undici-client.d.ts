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

  export interface Handler {
    onRequestStart(controller: Controller): void;
    onRequestSent?(): void;
    onResponseStart(controller: Controller, status: number, headers: Readonly<Record<string, string | string[] | undefined>>, statusText?: string): void;
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
