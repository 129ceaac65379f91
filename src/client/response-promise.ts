import type { ErrandResponse } from "./response.ts";
import type { JSONOptions, StandardSchema } from "./standard-schema.ts";
import type { StreamResponse } from "./stream-response.ts";

/**
 * The promise of a response, with shortcuts that raise: `await errand.get(url).json<User[]>()`.
 *
 * Awaited itself it resolves for every final status; the shortcuts throw an HTTPError for 400 and above.
 */
export class ResponsePromise extends Promise<ErrandResponse> {
  /**
   * @internal Gives a promise the shortcuts.
   *
   * It stays a native promise to the engine, whose `constructor` is Promise: awaiting one of a subclass takes two turns of the microtask
   * queue more, and a second promise. So then() and catch() give plain promises too: only the first one has shortcuts.
   */
  static from(promise: Promise<ErrandResponse | StreamResponse>): ResponsePromise & Promise<StreamResponse> {
    return Object.setPrototypeOf(promise, ResponsePromise.prototype);
  }

  /** The body as JSON, validated when a Standard Schema is given. A `fallback` is returned as it is. */
  json<T = unknown>(schema?: JSONOptions): Promise<T>;
  json<T>(schema: StandardSchema<T>): Promise<T>;
  json<T>(schema?: StandardSchema<T> | JSONOptions): Promise<T> {
    return this.then((response) => response.raiseForStatus().jsonAsync<T>(schema));
  }

  /** The body as text. */
  text(): Promise<string> {
    return this.then((response) => response.raiseForStatus().text());
  }

  /** The decoded body. */
  bytes(): Promise<Uint8Array> {
    return this.then((response) => response.raiseForStatus().bytes());
  }
}

Reflect.defineProperty(ResponsePromise.prototype, "constructor", { value: Promise, writable: true, configurable: true });
