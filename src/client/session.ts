import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { RequestError } from "../errors/index.ts";
import { RetryBudget } from "../retry/index.ts";
import { Transport } from "../transport/index.ts";
import { attemptLog } from "./attempt-log.ts";
import { Call, type CallContext } from "./call.ts";
import { resolveDefaults, invalidOption, positive, type Defaults } from "./defaults.ts";
import type { Middleware } from "./middleware.ts";
import type { RequestOptions, SessionOptions } from "./options.ts";
import { ownOptions, sessionOptionNames } from "./own-options.ts";
import { poll, type PollOptions } from "./poll.ts";
import { ResponsePromise } from "./response-promise.ts";
import type { ErrandResponse } from "./response.ts";
import { runCall } from "./run-call.ts";
import { seamsOf, type Seams } from "./seams.ts";
import type { StreamResponse } from "./stream-response.ts";

type Streamed = RequestOptions & { readonly stream: true };
type Options = RequestOptions & { readonly stream?: false };

/** What a session shares with those extended from it. */
interface Shared {
  readonly transport: Transport;
  readonly budgets: Map<string, RetryBudget>;
  readonly seams: Seams;
  readonly isUnverified: boolean;
  /** Calls in flight. */
  running: number;
  /** Wakes close() when none is left. */
  onIdle: (() => void) | undefined;
  closing: Promise<void> | undefined;
}

/** Options that only the root of a family of sessions can set: they belong to the shared pool. */
const rootOnly = ["connectTimeout", "tls", "maxConnections", "addresses"] as const;

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

  get(url: string | URL, options: Streamed): Promise<StreamResponse>;
  get(url: string | URL, options?: Options): ResponsePromise;
  get(url: string | URL, options?: RequestOptions): ResponsePromise | Promise<StreamResponse> {
    return this.#call("GET", url, options);
  }

  post(url: string | URL, options: Streamed): Promise<StreamResponse>;
  post(url: string | URL, options?: Options): ResponsePromise;
  post(url: string | URL, options?: RequestOptions): ResponsePromise | Promise<StreamResponse> {
    return this.#call("POST", url, options);
  }

  put(url: string | URL, options: Streamed): Promise<StreamResponse>;
  put(url: string | URL, options?: Options): ResponsePromise;
  put(url: string | URL, options?: RequestOptions): ResponsePromise | Promise<StreamResponse> {
    return this.#call("PUT", url, options);
  }

  patch(url: string | URL, options: Streamed): Promise<StreamResponse>;
  patch(url: string | URL, options?: Options): ResponsePromise;
  patch(url: string | URL, options?: RequestOptions): ResponsePromise | Promise<StreamResponse> {
    return this.#call("PATCH", url, options);
  }

  delete(url: string | URL, options: Streamed): Promise<StreamResponse>;
  delete(url: string | URL, options?: Options): ResponsePromise;
  delete(url: string | URL, options?: RequestOptions): ResponsePromise | Promise<StreamResponse> {
    return this.#call("DELETE", url, options);
  }

  head(url: string | URL, options?: Options): ResponsePromise {
    return this.#call("HEAD", url, options);
  }

  options(url: string | URL, options?: Options): ResponsePromise {
    return this.#call("OPTIONS", url, options);
  }

  /** Any method. Standard ones in any case, others as written. */
  request(method: string, url: string | URL, options: Streamed): Promise<StreamResponse>;
  request(method: string, url: string | URL, options?: Options): ResponsePromise;
  request(method: string, url: string | URL, options?: RequestOptions): ResponsePromise | Promise<StreamResponse> {
    return this.#call(method, url, options);
  }

  /**
   * Calls until `until` is content, at most until `deadline` (5 min).
   * @throws DeadlineError when it never is; HTTPError for a final 4xx or 5xx that `until` does not accept
   */
  poll(url: string | URL, options: PollOptions = {}): Promise<ErrandResponse> {
    const { seams } = this.#shared;
    const get = async (target: string | URL, request: RequestOptions): Promise<ErrandResponse> =>
      this.get(target, { ...request, stream: false });
    const wait = async (ms: number, signal: AbortSignal | undefined): Promise<void> => {
      if (seams.sleep !== undefined) return seams.sleep(ms);
      // The next call's own check turns the abort into the AbortError that names the request.
      await sleep(ms, undefined, { signal }).catch(() => undefined);
    };
    return poll({ get, sleep: wait, now: seams.now ?? (() => performance.now()) }, url, options);
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
    const { transport, budgets, seams, isUnverified } = this.#shared;
    return {
      defaults: this.#defaults,
      transport,
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
    };
  }

  #call(method: string, url: string | URL, options: RequestOptions | undefined): ResponsePromise & Promise<StreamResponse> {
    return ResponsePromise.from(this.#start(method, url, options));
  }

  #start(method: string, target: string | URL, options: RequestOptions | undefined): Promise<ErrandResponse | StreamResponse> {
    let call: Call;
    try {
      call = newCall(this.#context, method, { target, options });
    } catch (error) {
      return Promise.reject(error);
    }
    this.#shared.running += 1;
    return runCall(call);
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

function newShared(options: SessionOptions, seams: Seams): Shared {
  const transport = new Transport({ ...transportOptions(options), lookup: seams.lookup });
  return {
    transport,
    budgets: new Map(),
    seams,
    isUnverified: options.tls?.verify === false,
    running: 0,
    onIdle: undefined,
    closing: undefined,
  };
}

async function closeShared(shared: Shared): Promise<void> {
  shared.transport.close(false);
  if (shared.running > 0) {
    await new Promise<void>((resolve) => {
      shared.onIdle = resolve;
    });
  }
  shared.transport.close(true);
}

function transportOptions({
  tls = {},
  maxConnections = 100,
  connectTimeout = "10s",
  addresses,
}: SessionOptions): ConstructorParameters<typeof Transport>[0] {
  if (!Number.isInteger(maxConnections) || maxConnections < 1) throw invalidOption("maxConnections", "takes a whole number above 0");
  if (addresses !== undefined && addresses !== "public") throw invalidOption("addresses", 'takes "public", or leave it out');
  return {
    tls: checkTLS(tls),
    maxConnections,
    connectTimeoutMs: positive(connectTimeout, "connectTimeout"),
    isPublicOnly: addresses === "public",
    onUnverified: (origin) =>
      process.emitWarning(`TLS verification is off for ${origin}: anybody on the way can read and change what is sent`, {
        code: "ERRAND_TLS_UNVERIFIED",
      }),
  };
}

const tlsNames = new Set(["ca", "roots", "cert", "key", "passphrase", "verify", "servername"]);

function checkTLS(tls: NonNullable<SessionOptions["tls"]>): NonNullable<SessionOptions["tls"]> {
  const own = ownOptions(tls, tlsNames, "session's tls");
  if (own.roots !== undefined && own.roots !== "add" && own.roots !== "only") throw invalidOption("tls.roots", 'takes "add" or "only"');
  if (own.verify !== undefined && typeof own.verify !== "boolean")
    throw invalidOption("tls.verify", "takes true or false", "To trust a private CA give it as tls.ca.");
  return own;
}

/** A crawler meets failing origins without end; the oldest are forgotten, which gives them a full budget again. */
const keptBudgets = 1000;

function addBudget(budgets: Map<string, RetryBudget>, origin: string): RetryBudget {
  const [oldest] = budgets.keys();
  if (budgets.size >= keptBudgets && oldest !== undefined) budgets.delete(oldest);
  const budget = new RetryBudget();
  budgets.set(origin, budget);
  return budget;
}

function closed(method: string): RequestError {
  return new RequestError({
    code: "ERR_SESSION_CLOSED",
    message: `${method}: the session is closed`,
    hint: "Make a new Session, or close it after its last call.",
  });
}
