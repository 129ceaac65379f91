import { inspect, type InspectOptions } from "node:util";
import { parseLinkHeader, parseProblem, type Link, type Problem } from "../body/index.ts";
import { responseCookies } from "../cookies/index.ts";
import { HTTPError, type Attempt, type RequestSummary, type ResponseLike, type Timings } from "../errors/index.ts";
import { parseRateLimit, type RateLimit } from "../retry/index.ts";
import { redactText, redactUrl } from "../secrets/index.ts";
import type { ResponseHeaders } from "../transport/index.ts";
import type { AttemptNotes } from "./attempt-notes.ts";
import { explainAttempts, hasStory } from "./explain.ts";
import type { ErrandResponse } from "./response.ts";

/** What a call knows at its end. */
export interface CallRecord {
  readonly notes: AttemptNotes;
  readonly history: readonly ErrandResponse[];
  readonly elapsedMs: number;
  /** Why there was no further attempt, in words. */
  readonly why: string | undefined;
}

/** The part of a wire response that outlives its body. */
export interface WireHead {
  readonly status: number;
  readonly statusText: string;
  readonly headers: ResponseHeaders;
  readonly rawHeaders: readonly string[];
  readonly timings: Timings;
  readonly httpVersion?: "1.1" | "2";
  readonly earlyHints?: ResponseHeaders | undefined;
}

export interface ResponseHeadInit {
  readonly wire: WireHead;
  readonly url: URL;
  readonly method: string;
}

/** Status, headers and the story of the call: what buffered and streamed responses have in common. */
export abstract class ResponseHead {
  readonly status: number;
  readonly #wire: WireHead;
  readonly #url: URL;
  readonly #method: string;
  #request: RequestSummary | undefined;
  #record: CallRecord | undefined;
  #headers: Headers | undefined;

  constructor({ wire, url, method }: ResponseHeadInit) {
    this.status = wire.status;
    this.#wire = wire;
    this.#url = url;
    this.#method = method;
  }

  /** Method and redacted URL of the final hop: for logs. */
  get request(): RequestSummary {
    this.#request ??= { method: this.#method, url: redactUrl(this.#url) };
    return this.#request;
  }

  /** The reason phrase as the server sent it; often empty. */
  get statusText(): string {
    return this.#wire.statusText;
  }

  /** The final URL, after redirects, without userinfo. */
  get url(): string {
    return this.#url.href;
  }

  /** The protocol of the final exchange. */
  get httpVersion(): "1.1" | "2" {
    return this.#wire.httpVersion ?? "1.1";
  }

  /** Phases of the final exchange. */
  get timings(): Timings {
    return this.#wire.timings;
  }

  /** True for 2xx and 3xx: below 400, as in requests. */
  get ok(): boolean {
    return this.status < 400;
  }

  /** Made at the first use; {@link header} is quicker for one value. */
  get headers(): Headers {
    if (this.#headers === undefined) {
      this.#headers = new Headers();
      for (const [name, value] of this.rawHeaders) this.#headers.append(name, value);
    }
    return this.#headers;
  }

  /** As the server sent them: order, case and repeats kept. */
  get rawHeaders(): readonly (readonly [name: string, value: string])[] {
    const raw = this.#wire.rawHeaders;
    const pairs: [string, string][] = [];
    for (let i = 0; i + 1 < raw.length; i += 2) pairs.push([String(raw[i]), String(raw[i + 1])]);
    return pairs;
  }

  /** One header by name in any case; several lines are joined by `, `. */
  header(name: string): string | undefined {
    const key = name.toLowerCase();
    const value = Object.hasOwn(this.#wire.headers, key) ? this.#wire.headers[key] : undefined;
    return Array.isArray(value) ? value.join(", ") : value;
  }

  /** @internal By lower-case name. */
  get headerMap(): ResponseHeaders {
    return this.#wire.headers;
  }

  /** Every attempt of the call, with the waits between. */
  get attempts(): readonly Attempt[] {
    return this.#record?.notes.tell() ?? [];
  }

  /** The redirects that led here, first to last. */
  get history(): readonly ErrandResponse[] {
    return this.#record?.history ?? [];
  }

  /** Milliseconds of the whole call: waits, attempts, redirects. */
  get elapsedMs(): number {
    return this.#record?.elapsedMs ?? this.#wire.timings.totalMs;
  }

  /** What the Set-Cookie lines say, name to value. */
  get cookies(): Readonly<Record<string, string>> {
    return responseCookies(this.#wire.headers["set-cookie"]);
  }

  /** The Link header by relation (RFC 8288): `r.links.next?.url`. */
  get links(): Readonly<Record<string, Link>> {
    return parseLinkHeader(this.header("link"));
  }

  /** The links of a 103 Early Hints that came before the answer (RFC 8297), by relation. */
  get earlyHints(): Readonly<Record<string, Link>> {
    return parseLinkHeader(this.#wire.earlyHints?.["link"]);
  }

  /** What the server says about its limits (RateLimit, RateLimit-Policy, x-ratelimit-*). */
  get rateLimit(): RateLimit | undefined {
    return parseRateLimit(this.#wire.headers, Date.now());
  }

  /** The story of the call in a line: `3 attempts in 4.2 s: 503 (waited 2 s, Retry-After), reset, 200`. */
  explain(): string {
    return explainAttempts(this.attempts, this.elapsedMs, this.#record?.why);
  }

  /** @internal The end of the call's story; responses are made before it is known. */
  settle(record: CallRecord): this {
    this.#record = record;
    return this;
  }

  /** What a log may hold: no headers, no body. */
  toJSON(): Record<string, unknown> {
    return { status: this.status, request: this.request };
  }

  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `${this.constructor.name} ${inspect(this.toJSON(), options)}`;
  }

  protected get init(): ResponseHeadInit {
    return { wire: this.#wire, url: this.#url, method: this.#method };
  }

  protected contentType(): string | undefined {
    return this.header("content-type");
  }

  protected httpError<R extends ResponseLike>(response: R, problem: Problem | undefined): HTTPError<R> {
    const { method, url } = this.request;
    const reason = this.statusText === "" ? "" : ` ${this.statusText}`;
    const detail = [problem?.title, problem?.detail].filter((part) => part !== undefined && part !== "").join(": ");
    const story = hasStory(this.attempts, this.#record?.why) ? ` (${this.explain()})` : "";
    return new HTTPError({
      code: "ERR_HTTP_STATUS",
      message: redactText(`${method} ${url} answered ${this.status}${reason}${detail === "" ? "" : `: ${detail.slice(0, 300)}`}${story}`),
      request: this.request,
      attempts: this.attempts,
      timings: this.timings,
      response,
    });
  }

  protected parseProblem(bytes: Uint8Array): Problem | undefined {
    return parseProblem(this.contentType(), bytes);
  }
}
