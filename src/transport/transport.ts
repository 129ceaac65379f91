import { performance } from "node:perf_hooks";
import { Exchange, type ExchangeContext, type WireRequest, type WireResult } from "./exchange.ts";
import type { Cancellation } from "./cancellation.ts";
import type { Connection } from "./connection.ts";
import { Pool } from "./pool.ts";
import { sessionClosed } from "./failure.ts";
import { loadTLSMaterial, type TLSMaterial, type TLSOptions } from "./tls-material.ts";

export interface TransportOptions {
  readonly tls: TLSOptions;
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  readonly isPublicOnly: boolean;
  /** Called once per origin that is used without verification. */
  readonly onUnverified: (origin: string) => void;
}

/** Sockets and pools of one session: the only way to the network. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #pools = new Map<string, Pool>();
  readonly #opening = new Map<string, Promise<Pool>>();
  #tls: Promise<TLSMaterial> | undefined;
  #isClosed = false;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Rejects only when the TLS material cannot be used. */
  exchange(request: WireRequest, cancellation: Cancellation): Promise<WireResult> {
    const queuedAt = performance.now();
    const pool = this.#pools.get(request.origin);
    if (pool !== undefined) return this.#start(pool, request, { pool, cancellation, queuedAt });
    return this.#openPool(request.url).then((opened) => this.#start(opened, request, { pool: opened, cancellation, queuedAt }));
  }

  /** Idle connections close now, busy ones when their exchange ends; `isForced` breaks those off. */
  close(isForced: boolean): void {
    this.#isClosed = true;
    for (const pool of this.#pools.values()) {
      if (isForced) pool.destroy();
      else pool.close();
    }
  }

  #start(pool: Pool, request: WireRequest, context: ExchangeContext): Promise<WireResult> {
    const { cancellation, queuedAt } = context;
    const connection = pool.acquire(cancellation, request.mustBeFresh);
    if (!(connection instanceof Promise)) return dispatch(request, connection, context);
    return connection.then((free) => {
      if (free !== undefined) return dispatch(request, free, context);
      const error = cancellation.reason ?? sessionClosed(request);
      return { error, isUnprocessed: true, isStale: false, timings: { totalMs: performance.now() - queuedAt } };
    });
  }

  #openPool(url: URL): Promise<Pool> {
    let opening = this.#opening.get(url.origin);
    if (opening === undefined) {
      opening = this.#createPool(url).finally(() => this.#opening.delete(url.origin));
      this.#opening.set(url.origin, opening);
    }
    return opening;
  }

  async #createPool(url: URL): Promise<Pool> {
    const isSecure = url.protocol === "https:";
    const tls = isSecure ? await (this.#tls ??= loadTLSMaterial(this.#options.tls)) : undefined;
    if (tls?.isVerified === false) this.#options.onUnverified(url.origin);
    const host = url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
    const port = url.port === "" ? (isSecure ? 443 : 80) : Number(url.port);
    const { connectTimeoutMs, isPublicOnly, maxConnections } = this.#options;
    const pool = new Pool({ origin: url.origin, host, port, tls, isPublicOnly, connectTimeoutMs, resumption: {} }, maxConnections);
    this.#pools.set(url.origin, pool);
    return pool;
  }
}

function dispatch(request: WireRequest, connection: Connection, context: ExchangeContext): Promise<WireResult> {
  const { origin, path, method, headers, body = null } = request;
  const exchange = new Exchange(request, connection, context);
  connection.dispatch({ origin, path, method, headers, body, blocking: false }, exchange, context.cancellation);
  return exchange.done;
}
