import { randomUUID } from "node:crypto";
import { basic, type Auth, type AuthFetch, type AuthFetchResponse, type SigningRequest } from "../auth/index.ts";
import { withUploadProgress, type EncodedBody } from "../body/index.ts";
import type { CookieJar } from "../cookies/index.ts";
import type { Attempt, RequestSummary } from "../errors/index.ts";
import type { Limits, Permit } from "../limit/index.ts";
import { requestTarget, resolveRedirect, visitKey, type Hop, type RedirectPolicy } from "../redirect/index.ts";
import { isSafeMethod, resolveRetry, type RetryBudget, type RetryPolicy } from "../retry/index.ts";
import { redactUrl } from "../secrets/index.ts";
import type { Observation, Tracing } from "../telemetry/index.ts";
import type { Transport } from "../transport/index.ts";
import { AttemptNotes } from "./attempt-notes.ts";
import { CallControl, type Sleep } from "./call-control.ts";
import { checkAuth, checkDryRun, checkFlag, checkSize, invalidOption, resolveTimes, type Defaults, type Times } from "./defaults.ts";
import { encodeCallBody, type CallBody } from "./encode-call-body.ts";
import { HeaderList } from "./header-list.ts";
import type { Middleware } from "./middleware.ts";
import type { DryRunOptions, RequestOptions } from "./options.ts";
import { ownOptions, requestOptionNames } from "./own-options.ts";
import { isServerLink } from "./pagination/index.ts";
import { rehearsalUrl } from "./rehearsal-url.ts";
import { resolveURL } from "./resolve-url.ts";
import type { ErrandResponse } from "./response.ts";

/** What a call needs of its session. */
export interface CallContext {
  readonly defaults: Defaults;
  readonly transport: Transport;
  readonly middleware: readonly Middleware[];
  readonly limits: Limits | undefined;
  readonly cookies: CookieJar | undefined;
  readonly budgetOf: (origin: string) => RetryBudget;
  /** Gives tokens back to the origin's retry budget after a success. */
  readonly refund: (origin: string, amount: number) => void;
  /** The call is over, whatever came of it; an open stream may still be read. */
  readonly onEnd: () => void;
  /** Sends an Auth's own form, e.g. for a token. */
  readonly authFetch: (request: AuthFetch) => Promise<AuthFetchResponse>;
  /** Off: undefined. */
  readonly tracing: Tracing | undefined;
  readonly log: ((attempt: Attempt, why: string | undefined) => void) | undefined;
  readonly random: () => number;
  /** The session does not verify certificates. */
  readonly isUnverified: boolean;
  /** Waits between attempts; tests replace it. */
  readonly sleep: Sleep | undefined;
}

const noOptions: RequestOptions = Object.freeze(Object.create(null) as RequestOptions);
const methodToken = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Methods that announce an empty body by Content-Length: 0 (RFC 9110 8.6). */
const bodyMethods = new Set(["POST", "PUT", "PATCH"]);
const defaultMaxBytes = 100_000_000;

export interface CallInit {
  readonly target: string | URL;
  readonly options: RequestOptions | undefined;
  /** Aborts it too, beside the caller's own: that of a durable run's step. */
  readonly stepSignal?: AbortSignal | undefined;
}

/** One call on its way: what is sent next, and what happened so far. */
export class Call {
  readonly context: CallContext;
  readonly control: CallControl;
  readonly retry: RetryPolicy;
  redirect: RedirectPolicy;
  readonly options: RequestOptions;
  readonly isStreamed: boolean;
  readonly isKeyed: boolean;
  readonly maxBytes: number | undefined;
  readonly times: Times;
  /** What would make it a dry run. */
  readonly dryRun: DryRunOptions | undefined;
  readonly notes = new AttemptNotes();
  readonly history: ErrandResponse[] = [];
  readonly trail: RequestSummary[] = [];
  readonly visited = new Set<string>();
  /** Of the attempt under way, where the session limits them. */
  permit: Permit | undefined;
  /** The next exchange must open a new connection. */
  needsFreshConnection = false;
  /** A chunk of the body has been read. */
  isBodyTaken = false;
  /** The body holds an opened Secret: it never goes to another origin. */
  isBodySecret = false;
  /** Of the exchange under way, where somebody watches. */
  observation: Observation | undefined;
  /** How many requests went on the wire so far. */
  sentRequests = 0;
  /** Why there is no further attempt, in words. */
  why: string | undefined;
  method: string;
  url: URL;
  /** Of `url`: asked for several times a call, and the getter is not free. */
  origin: string;
  /** Of `url`: path and query. */
  path: string;
  headers: HeaderList;
  auth: Auth | undefined;
  /** What `auth` signed last: it is asked about the answer to it. */
  signedRequest: SigningRequest | undefined;
  /** How many redirects in, `auth` was last asked for new credentials and had some. */
  answeredHop: number | undefined;
  body: EncodedBody | undefined;
  #summary: RequestSummary | undefined;
  /** The key is one that errand made. */
  #isKeyRandom = false;

  constructor(context: CallContext, method: string, init: CallInit) {
    const { defaults } = context;
    const options = init.options === undefined ? noOptions : ownOptions(init.options, requestOptionNames, "request");
    this.context = context;
    this.options = options;
    this.method = checkMethod(method);
    const { url, origin, path, userinfo, isOnBase } = resolveURL(init.target, {
      base: defaults.base,
      params: isServerLink(init.options) ? [] : options.params === undefined ? defaults.params : [...defaults.params, options.params],
      allowAbsolute: options.allowAbsolute ?? defaults.allowAbsolute,
    });
    this.url = url;
    this.origin = origin;
    this.path = path;
    this.headers = defaults.headers;
    this.auth = checkAuth(options, isOnBase ? defaults.auth : undefined);
    if (!isOnBase) this.#ownHeaders().dropCredentials(defaults.credentialHeaders);
    if (options.auth != null) this.#dropHeader("authorization");
    if (userinfo !== undefined && options.auth === undefined) this.auth = basic(userinfo.user, userinfo.password);
    if (options.headers !== undefined) this.#ownHeaders().merge(options.headers);
    this.retry = resolveRetry(options.retry, defaults.retry);
    this.redirect = resolveRedirect(options.redirect, defaults.redirect);
    this.isStreamed = options.stream === true;
    if (this.isStreamed && options.fallback !== undefined)
      throw invalidOption("fallback", "cannot stand in for a stream", "Catch the error instead, or leave stream out.");
    checkFlag(options.decompress, "decompress");
    checkFlag(options.safe, "safe");
    if (options.onProgress !== undefined && typeof options.onProgress !== "function")
      throw invalidOption("onProgress", "takes a function of the progress");
    this.dryRun = options.dryRun === undefined ? (isOnBase ? defaults.dryRun : undefined) : checkDryRun(options.dryRun);
    const limit = checkSize(options.maxResponseSize) ?? defaults.maxResponseSize;
    this.maxBytes = limit ?? (this.isStreamed ? undefined : defaultMaxBytes);
    this.isKeyed = this.#key();
    this.times = resolveTimes(options, defaults);
    this.control = new CallControl(this, eitherSignal(checkSignal(options.signal), init.stepSignal), context.sleep);
  }

  /** Method and redacted URL of the current hop. */
  get summary(): RequestSummary {
    this.#summary ??= { method: this.method, url: redactUrl(this.url) };
    return this.#summary;
  }

  /** It changes nothing: by its method (RFC 9110 9.2.1), or as the caller says. */
  get isSafe(): boolean {
    return this.options.safe ?? isSafeMethod(this.method);
  }

  get canReplayBody(): boolean {
    return this.body === undefined || this.body.isReplayable || !this.isBodyTaken;
  }

  /** The caller wrote the key, or the session's headers hold one. */
  get hasOwnKey(): boolean {
    return !this.#isKeyRandom && this.headers.has("idempotency-key");
  }

  /** A key that outlives this process, in place of one made for this call. */
  useKey(key: string): void {
    this.#ownHeaders().set("idempotency-key", key);
  }

  /** Makes it a dry run, which no redirect can lead out of. */
  rehearse({ params, headers }: DryRunOptions): void {
    this.url = rehearsalUrl(this.url, params);
    this.path = requestTarget(this.url);
    this.#summary = undefined;
    if (headers !== undefined) this.#ownHeaders().merge(headers);
    this.redirect = resolveRedirect(false, this.redirect);
  }

  /** The call ends before it was run. */
  abandon(): void {
    this.control.dispose();
    this.context.onEnd();
  }

  /** Encodes the body; a promise only when files must be looked at, or Secrets opened. */
  prepareBody(): void | Promise<void> {
    const { body, json, form, files } = this.options;
    if (body === undefined && json === undefined && form === undefined && files === undefined) {
      this.#refuseLength(undefined);
      if (bodyMethods.has(this.method)) this.#ownHeaders().set("content-length", "0");
      return;
    }
    const encoded = encodeCallBody(this.options);
    if (encoded instanceof Promise) return this.control.guard(encoded).then((ready) => this.#useBody(ready));
    this.#useBody(encoded);
  }

  /** Turns the call to where a redirect leads. */
  follow(hop: Extract<Hop, { follow: true }>): void {
    this.visited.add(visitKey(this.method, this.url));
    if (!hop.isSameOrigin) {
      this.auth = undefined;
      this.#ownHeaders().dropCredentials(this.context.defaults.credentialHeaders);
      this.#dropHeader("host");
    }
    if (!hop.keepsBody && (this.body !== undefined || this.method !== hop.method)) this.#dropBody();
    this.method = hop.method;
    this.url = hop.url;
    this.origin = hop.url.origin;
    this.path = requestTarget(hop.url);
    this.#summary = undefined;
  }

  #useBody({ encoded, holdsSecret }: CallBody): void {
    const { onProgress } = this.options;
    this.body = encoded === undefined || onProgress === undefined ? encoded : withUploadProgress(encoded, onProgress);
    this.isBodySecret = holdsSecret;
    if (encoded === undefined) return;
    const headers = this.#ownHeaders();
    if (encoded.contentType?.startsWith("multipart/") === true) this.#refuseMultipartType();
    if (encoded.contentType !== undefined && !headers.has("content-type")) headers.set("content-type", encoded.contentType);
    if (encoded.contentLength === undefined) return;
    this.#refuseLength(encoded.contentLength);
    headers.set("content-length", String(encoded.contentLength));
  }

  /** A caller's Content-Length that is not the body's would cut this message, or run into the next one. */
  #refuseLength(sizeBytes: number | undefined): void {
    const given = this.headers.get("content-length");
    if (given === undefined || given === String(sizeBytes ?? 0)) return;
    const problem = sizeBytes === undefined ? "there is no body" : `the body has ${sizeBytes} bytes`;
    throw invalidOption("headers.content-length", `says ${given}, but ${problem}`, "Leave Content-Length to errand.");
  }

  #refuseMultipartType(): void {
    if (!this.headers.has("content-type")) return;
    throw invalidOption(
      "headers.content-type",
      "cannot be set together with files: the boundary would be missing",
      'Leave it out; where the session sets it: headers: { "content-type": null }.',
    );
  }

  #dropBody(): void {
    this.body = undefined;
    this.#ownHeaders().dropContent();
  }

  #dropHeader(name: string): void {
    if (this.headers.has(name)) this.#ownHeaders().delete(name);
  }

  /** The session's list is shared by its calls: copied at the first change. */
  #ownHeaders(): HeaderList {
    if (this.headers === this.context.defaults.headers) this.headers = new HeaderList(this.headers);
    return this.headers;
  }

  /** The Idempotency-Key header, the same on every attempt; true when the call itself gave it. */
  #key(): boolean {
    const { idempotencyKey } = this.options;
    const isUnsafe = this.method === "POST" || this.method === "PATCH";
    if (idempotencyKey === undefined) {
      const given = this.headers.has("idempotency-key");
      if (isUnsafe && !given && this.options.safe !== true && this.context.defaults.honoursIdempotencyKey) {
        this.#isKeyRandom = true;
        this.useKey(randomUUID());
      }
      return false;
    }
    if (idempotencyKey !== true && (typeof idempotencyKey !== "string" || idempotencyKey === ""))
      throw invalidOption("idempotencyKey", "takes a text or true");
    this.#isKeyRandom = idempotencyKey === true;
    this.#ownHeaders().merge({ "idempotency-key": idempotencyKey === true ? randomUUID() : idempotencyKey });
    return true;
  }
}

function checkMethod(method: string): string {
  if (standardMethods.has(method)) return method;
  if (typeof method !== "string" || !methodToken.test(method))
    throw invalidOption("method", `${JSON.stringify(method)} is not a token (RFC 9110 9.1)`);
  const upper = method.toUpperCase();
  if (upper === "CONNECT") throw invalidOption("method", "CONNECT opens tunnels and cannot be called");
  // Methods are case-sensitive; the standard ones are accepted in any case, as fetch does.
  return standardMethods.has(upper) ? upper : method;
}

const standardMethods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"]);

function checkSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalidOption("signal", "takes an AbortSignal");
  return signal;
}

function eitherSignal(own: AbortSignal | undefined, ofStep: AbortSignal | undefined): AbortSignal | undefined {
  return own === undefined || ofStep === undefined ? (own ?? ofStep) : AbortSignal.any([own, ofStep]);
}
