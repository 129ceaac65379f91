import type { Auth } from "../auth/index.ts";
import type { ProgressListener } from "../body/index.ts";
import type { CookieJar } from "../cookies/index.ts";
import type { Attempt, RequestError } from "../errors/index.ts";
import type { LimitOptions } from "../limit/index.ts";
import type { ProxyOption } from "../proxy/index.ts";
import type { RedirectOptions } from "../redirect/index.ts";
import type { Duration, RetryOptions } from "../retry/index.ts";
import type { Secret } from "../secrets/index.ts";
import type { TracingOptions } from "../telemetry/index.ts";
import type { TLSOptions } from "../transport/index.ts";
import type { CallBodyOptions } from "./encode-call-body.ts";

/** One header's value. Several strings send several lines. `null` removes a session's header, `undefined` means absent. */
export type HeaderInput = string | number | Secret | readonly string[] | null | undefined;

/** Request headers by name, in any case. */
export type HeadersInput = Readonly<Record<string, HeaderInput>>;

type ParamValue = string | number | boolean | bigint | null | undefined;

/** The query string as a map: arrays repeat the name, `null` gives `name=`, `undefined` is left out. */
export type Params = Readonly<Record<string, ParamValue | readonly ParamValue[]>> | URLSearchParams;

/** What a session and a single call can both set; the call wins. */
export interface SharedOptions {
  /** The query string; a call's names are added to the session's. @default none */
  readonly params?: Params;
  /** Request headers; `null` on a call removes the session's. @default user-agent, accept and accept-encoding */
  readonly headers?: HeadersInput;
  /** How to sign, e.g. {@link basic}, {@link bearer}, {@link apiKey}. `null` on a call switches the session's off. @default none */
  readonly auth?: Auth | null;
  /**
   * Bounds one attempt from its start to the last byte of a buffered body; for a stream, to the headers.
   * While a file or stream is being sent it is the longest gap between two chunks.
   *
   * Milliseconds, or a string with a unit.
   * @default "30s"
   */
  readonly timeout?: Duration;
  /** The longest gap between two bytes of a streamed response, and the longest time it may stand unread. @default "30s" */
  readonly idleTimeout?: Duration;
  /** Bounds the whole call: queue, attempts, waits, redirects and body. Milliseconds, or a string with a unit. @default none */
  readonly deadline?: Duration;
  /** When and how often a failed attempt is repeated. @default 3 attempts of idempotent methods on timeouts, connection errors, 408, 425, 429 and 5xx; `false` for one attempt */
  readonly retry?: RetryOptions | false;
  /** How redirects are followed. @default up to 20 hops; `false` returns the 3xx */
  readonly redirect?: RedirectOptions | false;
  /** Decoded bytes; more is a ResponseTooLargeError. @default 100 MB for a buffered body, none for a stream */
  readonly maxResponseSize?: number;
  /** Lets a call on a session with a base name an absolute URL; off the base's origin it goes without the session's credentials. @default false */
  readonly allowAbsolute?: boolean;
  /** Sees every attempt as it ends, with the wait that follows. An error it throws ends the call. */
  readonly onAttempt?: (attempt: Attempt) => void;
  /**
   * With these the service checks a write and changes nothing, as it documents: in a plan writes are sent with them instead of being held
   * back. A session's holds below its `baseUrl`; `false` on a call switches it off. @default writes are held back
   */
  readonly dryRun?: DryRunOptions | false;
}

/** What makes a write of a service a dry run; one of the two at least. */
export interface DryRunOptions {
  /** Query parameters, e.g. `{ validateOnly: true }`; they replace those of the same name. @default none */
  readonly params?: Readonly<Record<string, string | number | boolean>>;
  /** Request headers. @default none */
  readonly headers?: HeadersInput;
}

/** Options of a session; those of {@link SharedOptions} are the defaults of its calls. */
export interface SessionOptions extends SharedOptions, LimitOptions {
  /** Paths of calls are appended to it and cannot leave it. */
  readonly baseUrl?: string | URL;
  /** Bounds DNS, TCP and TLS of a new connection together. @default "10s" */
  readonly connectTimeout?: Duration;
  /** Whom to trust, and how to identify oneself. @default Node's roots and the system's store */
  readonly tls?: TLSOptions;
  /** Keeps cookies and sends them where they belong: `true` for a jar of its own, or a {@link CookieJar}. @default none */
  readonly cookies?: true | CookieJar;
  /**
   * OpenTelemetry spans, one for each request on the wire, and the trace's headers on it: `true` for the tracer provider and the propagator that
   * are registered, or options. Needs `@opentelemetry/api`. @default false
   */
  readonly tracing?: boolean | TracingOptions;
  /** A proxy's URL (http, https, socks5), its settings, or `false`. @default HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY */
  readonly proxy?: ProxyOption;
  /**
   * A Unix socket, e.g. `/run/docker.sock`: every connection of the session goes there, whatever host the URL names; the environment's
   * proxies do not count. @default none
   */
  readonly socketPath?: string;
  /** Connections per origin; further calls wait in line. @default 100 */
  readonly maxConnections?: number;
  /** Offers HTTP/2 to https servers, which shares a connection among calls; `false` keeps to HTTP/1.1. @default true */
  readonly http2?: boolean;
  /** `"public"` refuses private, loopback, link-local and metadata addresses at connect time, redirects included. */
  readonly addresses?: "public";
  /** The service documents that it honours `Idempotency-Key`: POST and PATCH get one and are retried. @default false */
  readonly honoursIdempotencyKey?: boolean;
  /** Further headers to drop when a redirect leaves the origin, and to redact. */
  readonly credentialHeaders?: readonly string[];
}

/**
 * Options of one call. Secrets inside `json` and `form` are opened on the way; such a body is never shown, and never follows a redirect to
 * another origin.
 */
export interface RequestOptions extends SharedOptions, CallBodyOptions {
  /** Cancels the call in every phase; its reason is the AbortError's cause. @default none */
  readonly signal?: AbortSignal;
  /** The same key on every attempt, which makes POST and PATCH retryable. `true` makes a UUID. */
  readonly idempotencyKey?: string | true;
  /**
   * `true`: this request changes nothing, although its method might (a search by POST, a GraphQL query). It is repeated like a GET, needs no
   * intent and no key in a durable run, and goes out in a plan. `false`: it changes something, although its method should not (RFC 9110
   * 9.2.1). @default by the method
   */
  readonly safe?: boolean;
  /** Gives a {@link StreamResponse} as soon as the headers are there. @default false */
  readonly stream?: boolean;
  /** False gives the body's bytes as they came, content codings not undone. @default true */
  readonly decompress?: boolean;
  /** How far request body and streamed response got. */
  readonly onProgress?: ProgressListener;
  /** Replaces an exhausted transport error or retryable status, never another 4xx. A function gets the error. */
  readonly fallback?: unknown;
}

/** The error a `fallback` function receives. */
export type FallbackReason = RequestError;
