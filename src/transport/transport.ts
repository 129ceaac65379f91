import { performance } from "node:perf_hooks";
import type { Cancellation } from "./cancellation.ts";
import { AlpnPool } from "./alpn-pool.ts";
import type { Carrier, CarrierPool } from "./carrier.ts";
import type { Lookup } from "./dial.ts";
import { Exchange, type ExchangeContext, type WireRequest, type WireResult } from "./exchange.ts";
import { sessionClosed } from "./failure.ts";
import { Http1Pool } from "./http1/pool.ts";
import type { ProxyChoice, ProxyResolver } from "../proxy/index.ts";
import { planRoute, routedRequest, routeKey, type ProxyRoute } from "./proxy/route.ts";
import { proxyTLSOptions } from "./proxy/tls.ts";
import { loadTLSMaterial, type TLSMaterial, type TLSOptions } from "./tls-material.ts";

export interface TransportOptions {
  readonly tls: TLSOptions;
  readonly proxies: ProxyResolver;
  readonly maxConnections: number;
  /** Offers HTTP/2 over TLS. */
  readonly isHttp2Offered?: boolean;
  readonly connectTimeoutMs: number;
  /** A Unix socket that all connections go to. */
  readonly socketPath?: string | undefined;
  readonly isPublicOnly: boolean;
  readonly lookup?: Lookup | undefined;
  /** Called once per origin that is used without verification. */
  readonly onUnverified: (origin: string) => void;
}

/** A crawler meets origins without end; pools without a connection are then forgotten. */
const keptPools = 1000;

/** Sockets and pools of one session: the only way to the network. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #pools = new Map<string, CarrierPool>();
  readonly #opening = new Map<string, Promise<CarrierPool>>();
  #tls: Promise<TLSMaterial> | undefined;
  #proxyTLS: Promise<TLSMaterial> | undefined;
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
    const pool = this.#pools.get(request.origin) ?? this.#plainPool(request.url);
    if (pool !== undefined) return this.#start(pool, request, { cancellation, queuedAt, queueMs: undefined });
    return unlessCancelled(this.#openPool(request.url), cancellation).then((opened) =>
      opened === undefined
        ? notStarted(request, cancellation, queuedAt)
        : this.#start(opened, request, { cancellation, queuedAt, queueMs: undefined }),
    );
  }

  /** Idle connections close now, busy ones when their exchange ends; `isForced` breaks those off. */
  close(isForced: boolean): void {
    this.#isClosed = true;
    for (const pool of this.#pools.values()) {
      if (isForced) pool.destroy();
      else pool.close();
    }
  }

  #start(pool: CarrierPool, request: WireRequest, context: ExchangeContext): Promise<WireResult> {
    if (pool.route === undefined) return this.#acquire(pool, request, context);
    const routed = routedRequest(request, pool.route);
    if (!(routed instanceof Promise)) return this.#acquire(pool, { ...request, ...routed }, context);
    return unlessCancelled(routed, context.cancellation).then((opened) =>
      opened === undefined
        ? notStarted(request, context.cancellation, context.queuedAt)
        : this.#acquire(pool, { ...request, ...opened }, context),
    );
  }

  #acquire(pool: CarrierPool, request: WireRequest, context: ExchangeContext): Promise<WireResult> {
    const carrier = pool.acquire(context.cancellation, request.mustBeFresh);
    if (!(carrier instanceof Promise)) return dispatch(request, carrier, context);
    return carrier.then((free) => {
      if (free === undefined) return notStarted(request, context.cancellation, context.queuedAt);
      // Who waited for a connection to be made has the phases of that.
      const queueMs = free.timings === undefined ? performance.now() - context.queuedAt : undefined;
      return dispatch(request, free, { ...context, queueMs });
    });
  }

  #openPool(url: URL): Promise<CarrierPool> {
    let opening = this.#opening.get(url.origin);
    if (opening === undefined) {
      opening = this.#createSecurePool(url).finally(() => this.#opening.delete(url.origin));
      this.#opening.set(url.origin, opening);
    }
    return opening;
  }

  /** Without TLS, to the proxy as well, there is nothing to wait for. */
  #plainPool(url: URL): CarrierPool | undefined {
    if (url.protocol === "https:") return undefined;
    const route = this.#planRoute(url, undefined);
    return route?.proxy.scheme === "https" ? undefined : this.#createPool(url, undefined, route);
  }

  async #createSecurePool(url: URL): Promise<CarrierPool> {
    const proxy = this.#options.proxies.choose(url);
    const route = this.#planRoute(url, proxy?.scheme === "https" ? await this.#loadProxyTLS(proxy) : undefined);
    if (url.protocol === "http:") return this.#createPool(url, undefined, route);
    const tls = await this.#loadTLS();
    if (!tls.isVerified) this.#options.onUnverified(url.origin);
    return this.#createPool(url, tls, route);
  }

  #planRoute(url: URL, tls: TLSMaterial | undefined): ProxyRoute | undefined {
    const { proxies, isPublicOnly } = this.#options;
    const proxy = proxies.choose(url);
    return proxy === undefined ? undefined : planRoute(proxy, url, { isPublicOnly, tls });
  }

  #createPool(url: URL, tls: TLSMaterial | undefined, route: ProxyRoute | undefined): CarrierPool {
    const key = routeKey(route, url.origin);
    const shared = this.#pools.get(key);
    if (shared !== undefined) {
      this.#pools.set(url.origin, shared);
      return shared;
    }
    const host = url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
    const port = url.port === "" ? (tls === undefined ? 80 : 443) : Number(url.port);
    const { connectTimeoutMs, socketPath, isPublicOnly, maxConnections, isHttp2Offered, lookup } = this.#options;
    const pool = new (tls !== undefined && isHttp2Offered ? AlpnPool : Http1Pool)(
      {
        origin: url.origin,
        authority: url.host,
        host,
        port,
        tls,
        route,
        socketPath,
        isPublicOnly,
        connectTimeoutMs,
        lookup,
        resumption: {},
      },
      maxConnections,
    );
    if (this.#pools.size >= keptPools) this.#forgetEmpty();
    this.#pools.set(key, pool);
    this.#pools.set(url.origin, pool);
    return pool;
  }

  #loadProxyTLS(proxy: ProxyChoice): Promise<TLSMaterial> {
    this.#proxyTLS ??= loadTLSMaterial(proxyTLSOptions(this.#options.tls)).then(
      (tls) => {
        if (!tls.isVerified) this.#options.onUnverified(proxy.url.origin);
        return tls;
      },
      (error: unknown) => {
        this.#proxyTLS = undefined;
        throw error;
      },
    );
    return this.#proxyTLS;
  }

  #loadTLS(): Promise<TLSMaterial> {
    this.#tls ??= loadTLSMaterial(this.#options.tls).catch((error: unknown) => {
      // The next call reads again: a secret store may have been away, a file may be there by then.
      this.#tls = undefined;
      throw error;
    });
    return this.#tls;
  }

  #forgetEmpty(): void {
    for (const [origin, pool] of this.#pools) if (pool.isEmpty) this.#pools.delete(origin);
  }
}

function dispatch(request: WireRequest, carrier: Carrier, context: ExchangeContext): Promise<WireResult> {
  if (context.cancellation.reason !== undefined) {
    carrier.release(true);
    return Promise.resolve(notStarted(request, context.cancellation, context.queuedAt));
  }
  const exchange = new Exchange(request, carrier, context);
  carrier.dispatch(request, exchange, context.cancellation);
  return exchange.done;
}

/** The call was cancelled, or the session closed, before there was a connection. */
function notStarted(request: WireRequest, cancellation: Cancellation, queuedAt: number): WireResult {
  const error = cancellation.reason ?? sessionClosed(request);
  return { error, isUnprocessed: true, isStale: false, isReused: false, timings: { totalMs: performance.now() - queuedAt } };
}

/** The result, or `undefined` as soon as the call is cancelled: who waits with it goes on waiting. */
function unlessCancelled<T>(work: Promise<T>, cancellation: Cancellation): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    cancellation.target = { onCancelled: () => resolve(undefined) };
    work.then(resolve, reject);
  });
}
