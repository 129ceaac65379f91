import type { HeadersInput } from "./options.ts";
import type { ErrandResponse } from "./response.ts";
import type { StreamResponse } from "./stream-response.ts";

/** A request as middleware sees it: before signing, Secrets unopened. */
export interface MiddlewareRequest {
  readonly method: string;
  readonly url: URL;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** 0 for the request itself, 1 for the first redirect's target. */
  readonly hop: number;
  /** Adds, replaces or (`null`) removes headers of this exchange. */
  setHeaders(headers: HeadersInput): void;
  /** A header's value; `undefined` when absent or when it holds a Secret. */
  header(name: string): string | undefined;
}

/** Sends the exchange on; call it once. */
export type Next = (request: MiddlewareRequest) => Promise<ErrandResponse | StreamResponse>;

/** Runs around every attempt and hop. What it returns is what the call goes on with. */
export type Middleware = (request: MiddlewareRequest, next: Next) => Promise<ErrandResponse | StreamResponse>;
