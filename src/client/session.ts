import type { ServerSentEvent } from "../body/index.ts";
import type { CookieJar } from "../cookies/index.ts";
import { RequestError } from "../errors/index.ts";
import { attemptLog } from "./attempt-log.ts";
import { authFetch } from "./auth-fetch.ts";
import { Call, type CallContext } from "./call.ts";
import { curlLine } from "./curl/index.ts";
import { resolveDefaults, invalidOption, type Defaults } from "./defaults.ts";
import { download, downloadSource, type DownloadOptions, type DownloadResult } from "./download/index.ts";
import { eventSource } from "./event-source.ts";
import { eventStream, eventStreamHeaders, type EventsOptions, type EventStreamContext } from "./event-stream.ts";
import type { Middleware } from "./middleware.ts";
import type { RequestOptions, SessionOptions } from "./options.ts";
import { ownOptions, sessionOptionNames } from "./own-options.ts";
import { paginate, type Paginated, type PaginateOptions } from "./pagination/index.ts";
import { poll, type PollOptions } from "./poll.ts";
import { ResponsePromise } from "./response-promise.ts";
import type { ErrandResponse } from "./response.ts";
import { runCall } from "./run-call.ts";
import { currentRunScope, refuseOutsideStep, sendInStep } from "./run-scope.ts";
import { seamsOf } from "./seams.ts";
import { addBudget, closed, closeShared, newShared, type Shared } from "./shared.ts";
import { StreamResponse } from "./stream-response.ts";

type Streamed = RequestOptions & { readonly stream: true };
type EventsRequest = Omit<RequestOptions, "stream" | "fallback"> & EventsOptions;
type Options = RequestOptions & { readonly stream?: false };

/** Options that only the root of a family of sessions can set: they belong to the shared pool. */
const rootOnly = [
  "connectTimeout",
  "tls",
  "proxy",
  "socketPath",
  "maxConnections",
  "addresses",
  "http2",
  "concurrency",
  "rate",
  "breaker",
  "cookies",
  "tracing",
] as const;

/**
 * Shared headers, auth and limits, and connections that are reused.
 *
 * @example
 * const api = new Session({ baseUrl: "https://api.example.com", auth: bearer(secret("env:API_TOKEN")), timeout: "10s" });
 * const users = await api.get("/users", { params: { page: 2 } }).json<User[]>();
 * await api.close();
 */
export class Session {
  readonly #defaults: Defaults;
  readonly #shared: Shared;
  readonly #isRoot: boolean;
  readonly #middleware: Middleware[];
  readonly #context: CallContext;

  /** @throws InvalidRequestError that names an unknown or wrong option */
  constructor(options: SessionOptions = {}) {
    const own = ownOptions(options, sessionOptionNames, "session");
    const family = families.get(options);
    this.#isRoot = family === undefined;
    this.#defaults = resolveDefaults(own, family?.defaults);
    this.#shared = family?.shared ?? newShared(own, seamsOf(options));
    this.#middleware = [...(family?.middleware ?? [])];
    this.#context = this.#newContext();
  }

  /** GET. Resolves with its headers; the body is read from the response. */
  get(url: string | URL, options: Streamed): Promise<StreamResponse>;
  /** GET. Resolves with every final status. */
  get(url: string | URL, options?: Options): ResponsePromise;
  get(url: string | URL, options?: RequestOptions): ResponsePromise | Promise<StreamResponse> {
    return this.#call("GET", url, options);
  }

  /** POST: repeated only when that is safe, see {@link RequestOptions.idempotencyKey}. Resolves with its headers; the body is read from the response. */
  post(url: string | URL, options: Streamed): Promise<StreamResponse>;
  /** POST: repeated only when that is safe, see {@link RequestOptions.idempotencyKey}. Resolves with every final status. */
  post(url: string | URL, options?: Options): ResponsePromise;
  post(url: string | URL, options?: RequestOptions): ResponsePromise | Promise<StreamResponse> {
    return this.#call("POST", url, options);
  }

  /** PUT. Resolves with its headers; the body is read from the response. */
  put(url: string | URL, options: Streamed): Promise<StreamResponse>;
  /** PUT. Resolves with every final status. */
  put(url: string | URL, options?: Options): ResponsePromise;
  put(url: string | URL, options?: RequestOptions): ResponsePromise | Promise<StreamResponse> {
    return this.#call("PUT", url, options);
  }

  /** PATCH: repeated only when that is safe, see {@link RequestOptions.idempotencyKey}. Resolves with its headers; the body is read from the response. */
  patch(url: string | URL, options: Streamed): Promise<StreamResponse>;
  /** PATCH: repeated only when that is safe, see {@link RequestOptions.idempotencyKey}. Resolves with every final status. */
  patch(url: string | URL, options?: Options): ResponsePromise;
  patch(url: string | URL, options?: RequestOptions): ResponsePromise | Promise<StreamResponse> {
    return this.#call("PATCH", url, options);
  }

  /** DELETE. Resolves with its headers; the body is read from the response. */
  delete(url: string | URL, options: Streamed): Promise<StreamResponse>;
  /** DELETE. Resolves with every final status. */
  delete(url: string | URL, options?: Options): ResponsePromise;
  delete(url: string | URL, options?: RequestOptions): ResponsePromise | Promise<StreamResponse> {
    return this.#call("DELETE", url, options);
  }

  /** HEAD. Resolves with every final status, without a body. */
  head(url: string | URL, options?: Options): ResponsePromise {
    return this.#call("HEAD", url, options);
  }

  /** OPTIONS. Resolves with every final status. */
  options(url: string | URL, options?: Options): ResponsePromise {
    return this.#call("OPTIONS", url, options);
  }

  /** Any method. Standard ones in any case, others as written. */
  request(method: string, url: string | URL, options: Streamed): Promise<StreamResponse>;
  /** Any method. Resolves with every final status. */
  request(method: string, url: string | URL, options?: Options): ResponsePromise;
  request(method: string, url: string | URL, options?: RequestOptions): ResponsePromise | Promise<StreamResponse> {
    return this.#call(method, url, options);
  }

  /**
   * Calls until `until` is content, at most until `deadline` (5 min).
   * @throws DeadlineError when it never is; HTTPError for a final 4xx or 5xx that `until` does not accept
   */
  poll(url: string | URL, options: PollOptions = {}): Promise<ErrandResponse> {
    const get = async (target: string | URL, request: RequestOptions): Promise<ErrandResponse> =>
      this.get(target, { ...request, stream: false });
    const plan = currentRunScope()?.plan;
    const poller = { get, ...this.#shared.waits };
    if (plan === undefined) return poll(poller, url, options);
    return import("./poll-in-plan.ts").then(({ pollInPlan }) => pollInPlan(plan, poller, { url, options }));
  }

  /**
   * Server-sent events of a GET, over as many connections as it takes.
   * @throws HTTPError for a status that will not change, DecodeError for another content type, while iterating
   */
  events(url: string | URL, options: EventsRequest = {}): AsyncIterable<ServerSentEvent> {
    const { reconnect, lastEventId, maxFailures, maxEventSize, onReconnect, ...request } = options;
    const headers = { ...eventStreamHeaders, ...request.headers };
    const events = { reconnect, lastEventId, maxFailures, maxEventSize, onReconnect };
    return eventStream(this.#eventSource("GET", url, { ...request, headers }), events);
  }

  /**
   * Fetches a file, whole or not at all; goes on where an earlier call broke off.
   * @param target a file, or a directory where the server names the file. @default the working directory
   * @throws InvalidRequestError when the file exists, HTTPError for 400 and above, DecodeError for another checksum
   */
  async download(url: string | URL, target?: string, options: DownloadOptions = {}): Promise<DownloadResult> {
    const open = (request: RequestOptions): Promise<StreamResponse> => this.get(url, { ...request, stream: true, decompress: false });
    const source = downloadSource(this.#context, { url, options, open, waits: this.#shared.waits });
    return download(source, target, options);
  }

  /**
   * The items of a list that comes in pages: by Link header, cursor, page number, or a function.
   * @throws HTTPError for a page of 400 and above, RedirectRefusedError for a next page that leaves the origin or was read before
   */
  paginate<T = unknown>(url: string | URL, options?: PaginateOptions<T>): Paginated<T> {
    return paginate<T>(async (target, request) => this.get(target, { ...request, stream: false }), url, options);
  }

  /** The same call as a line for curl. Nothing is sent, and no secret is shown: each stands as what the shell finds it by. */
  curl(method: string, url: string | URL, options?: RequestOptions): string {
    return curlLine(new Call(this.#context, method, { target: url, options }), this.#shared.connection);
  }

  /** The jar of `cookies`, shared with extended sessions; undefined without the option. */
  get cookies(): CookieJar | undefined {
    return this.#shared.cookies;
  }

  /** A session with further or other options, sharing connections, retry budgets and this session's middleware so far. */
  extend(options: SessionOptions): Session {
    for (const name of rootOnly) {
      if (options[name] !== undefined)
        throw invalidOption(name, "cannot be changed by extend(): the connections are shared", "Make a new Session.");
    }
    const marked = { ...options };
    families.set(marked, { defaults: this.#defaults, shared: this.#shared, middleware: this.#middleware });
    return new Session(marked);
  }

  /** Adds middleware, innermost last: it runs around every attempt and hop, before signing. */
  use(middleware: Middleware): this {
    this.#middleware.push(middleware);
    return this;
  }

  /** Waits for the calls in flight, then closes the connections. Open streams are broken off. On an extended session it does nothing. */
  async close(): Promise<void> {
    if (this.#isRoot) await (this.#shared.closing ??= closeShared(this.#shared));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #newContext(): CallContext {
    const { transport, budgets, cookies, tracing, limits, seams, isUnverified } = this.#shared;
    const context: CallContext = {
      defaults: this.#defaults,
      transport,
      limits,
      cookies,
      tracing,
      middleware: this.#middleware,
      budgetOf: (origin) => budgets.get(origin) ?? addBudget(budgets, origin),
      refund: (origin, amount) => {
        if (budgets.size > 0) budgets.get(origin)?.refund(amount);
      },
      onEnd: () => {
        this.#shared.running -= 1;
        if (this.#shared.running === 0) this.#shared.onIdle?.();
      },
      log: seams.log ?? attemptLog(),
      random: seams.random ?? Math.random,
      isUnverified,
      sleep: seams.sleep,
      authFetch: (request) => authFetch(context, request),
    };
    return context;
  }

  #call(method: string, url: string | URL, options: RequestOptions | undefined): ResponsePromise & Promise<StreamResponse> {
    return ResponsePromise.from(this.#start(method, url, options));
  }

  #start(method: string, target: string | URL, options: RequestOptions | undefined): Promise<ErrandResponse | StreamResponse> {
    const scope = currentRunScope();
    let call: Call;
    try {
      if (scope !== undefined) refuseOutsideStep(scope, method);
      call = newCall(this.#context, method, { target, options, stepSignal: scope?.step?.signal });
    } catch (error) {
      return Promise.reject(error);
    }
    this.#shared.running += 1;
    return scope === undefined ? this.#send(call, target) : sendInStep(scope, call, () => this.#send(call, target));
  }

  #send(call: Call, target: string | URL): Promise<ErrandResponse | StreamResponse> {
    return call.isStreamed ? this.#repeatable(call, target) : runCall(call);
  }

  async #repeatable(call: Call, target: string | URL): Promise<ErrandResponse | StreamResponse> {
    const { method, options } = call;
    const response = await runCall(call);
    return response instanceof StreamResponse ? response.repeatWith(this.#eventSource(method, target, options)) : response;
  }

  #eventSource(method: string, url: string | URL, request: RequestOptions): EventStreamContext {
    const send = async (options: Streamed): Promise<StreamResponse> => this.request(method, url, options);
    return eventSource(this.#context, { method, request, send, waits: this.#shared.waits });
  }
}

function newCall(context: CallContext, method: string, init: ConstructorParameters<typeof Call>[2]): Call {
  try {
    if (context.transport.isClosed) throw closed(method);
    return new Call(context, method, init);
  } catch (error) {
    // What is wrong stands in the caller's line, not in ours.
    if (error instanceof RequestError) Error.captureStackTrace(error, newCall);
    throw error;
  }
}

/** Marks the options of an extended session with its family, without a second public constructor. */
const families = new WeakMap<
  SessionOptions,
  { readonly defaults: Defaults; readonly shared: Shared; readonly middleware: readonly Middleware[] }
>();
