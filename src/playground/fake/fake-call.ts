import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { parseTarget } from "../target.ts";
import type { RouteParams } from "./route-pattern.ts";

/** One request that reached a {@link FakeServer}. It is listed as soon as its headers are there; the body fills up afterwards. */
export interface FakeCall {
  readonly method: string;
  /** The request target as sent, query included. */
  readonly target: string;
  /** Without the query, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case; repeated ones joined as Node does. `rawHeaders` has them as sent. */
  readonly headers: IncomingHttpHeaders;
  /** Name, value, name, value, ... in the order and case of the wire. */
  readonly rawHeaders: readonly string[];
  /** What the route's `:name` segments matched, percent-decoded. */
  readonly params: RouteParams;
  /** The route that answered, such as `GET /users/:id`; undefined when none matched. */
  readonly route: string | undefined;
  /** When the headers had arrived, in milliseconds since the epoch, with fractions. */
  readonly at: number;
  /** True when the whole body has arrived. */
  readonly isComplete: boolean;
  /** The body received so far. */
  bytes(): Buffer;
  /** The body as UTF-8. */
  text(): string;
  /** The body parsed as JSON. @throws SyntaxError when it is none. */
  json(): unknown;
}

/** The writable side of a {@link FakeCall}. */
export class ReceivedCall implements FakeCall {
  readonly method: string;
  readonly target: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly at = performance.timeOrigin + performance.now();
  params: RouteParams = {};
  route: string | undefined;
  isComplete = false;
  readonly #chunks: Buffer[] = [];

  constructor(request: IncomingMessage) {
    this.method = request.method ?? "GET";
    this.target = request.url ?? "/";
    const { path, query } = parseTarget(this.target);
    this.path = path;
    this.query = query;
    this.headers = request.headers;
    this.rawHeaders = request.rawHeaders;
  }

  /** Collects the body; resolves early, with `isComplete` false, when the client goes away. */
  async receive(request: IncomingMessage): Promise<void> {
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) this.#chunks.push(chunk);
      this.isComplete = request.complete;
    } catch (error) {
      // The client broke off: the call stays listed with what arrived, and there is nobody to answer.
      if (request.complete) throw error;
    }
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  text(): string {
    return this.bytes().toString("utf8");
  }

  json(): unknown {
    return JSON.parse(this.text());
  }
}
