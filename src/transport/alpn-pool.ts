import { TLSSocket } from "node:tls";
import type { Cancellation } from "./cancellation.ts";
import { ConnectionDropped, connectFailures, FailedCarrier, type Carrier, type CarrierPool, type Target } from "./carrier.ts";
import { Connector } from "./connector.ts";
import { Http1Pool } from "./http1/pool.ts";
import type { Http2Connection, Http2Owner } from "./http2/connection.ts";
import type { ProxyRoute } from "./proxy/route.ts";

interface Waiter {
  readonly cancellation: Cancellation;
  readonly mustBeFresh: boolean;
  /** `undefined` when the pool is destroyed. */
  readonly grant: (carrier: Carrier | undefined | Promise<Carrier | undefined>) => void;
}

/**
 * The connections of a TLS origin whose protocol the handshake decides (ALPN, RFC 7301).
 *
 * HTTP/2 connections are shared; one is opened at a time, and who comes meanwhile waits for it. Once the origin has chosen HTTP/1.1 everything
 * is the HTTP/1.1 pool's.
 */
export class AlpnPool implements CarrierPool, Http2Owner {
  readonly #target: Target;
  readonly #max: number;
  readonly #http1: Http1Pool;
  #isHttp1 = false;
  readonly #all = new Set<Http2Connection>();
  readonly #waiting = new Set<Waiter>();
  #connector: Connector | undefined;
  #isClosing = false;
  #isDestroyed = false;

  constructor(target: Target, max: number) {
    this.#target = target;
    this.#max = max;
    this.#http1 = new Http1Pool(target, max);
  }

  get route(): ProxyRoute | undefined {
    return this.#target.route;
  }

  get isEmpty(): boolean {
    return this.#all.size === 0 && this.#connector === undefined && this.#http1.isEmpty;
  }

  acquire(cancellation: Cancellation, mustBeFresh: boolean): Carrier | Promise<Carrier | undefined> {
    if (this.#isHttp1) return this.#http1.acquire(cancellation, mustBeFresh);
    return (this.#waiting.size === 0 ? this.#take(mustBeFresh) : undefined) ?? this.#queue(cancellation, mustBeFresh);
  }

  close(): void {
    this.#isClosing = true;
    for (const connection of this.#all) if (connection.isIdle) connection.destroy();
    this.#http1.close();
  }

  destroy(): void {
    this.#isClosing = true;
    this.#isDestroyed = true;
    for (const waiter of this.#waiting) waiter.grant(undefined);
    this.#waiting.clear();
    this.#connector?.cancel(new ConnectionDropped());
    for (const connection of this.#all) connection.destroy();
    this.#http1.destroy();
  }

  onFree(connection: Http2Connection): void {
    if (this.#isClosing && this.#waiting.size === 0 && connection.isIdle) connection.destroy();
    else this.#serve();
  }

  onLost(connection: Http2Connection): void {
    if (this.#all.delete(connection)) this.#serve();
  }

  onHttp1Required(): void {
    this.#switchToHttp1();
  }

  #take(mustBeFresh: boolean): Carrier | undefined {
    for (const connection of this.#all) {
      if (connection.hasRoom && !(mustBeFresh && connection.isUsed && this.#all.size < this.#max)) return connection.take();
    }
    return undefined;
  }

  #queue(cancellation: Cancellation, mustBeFresh: boolean): Promise<Carrier | undefined> {
    cancellation.phase = this.#connector?.stage ?? "queue";
    return new Promise((resolve) => {
      const waiter: Waiter = {
        cancellation,
        mustBeFresh,
        grant: (carrier) => {
          cancellation.target = undefined;
          resolve(carrier);
        },
      };
      cancellation.target = {
        onCancelled: (reason) => {
          this.#waiting.delete(waiter);
          // Nobody waits for the connection any more.
          if (this.#waiting.size === 0) this.#connector?.cancel(reason);
          resolve(undefined);
        },
      };
      this.#waiting.add(waiter);
      this.#openForWaiting();
    });
  }

  /** In line, first come first served; a connection is opened for who finds no room. */
  #serve(): void {
    for (const waiter of this.#waiting) {
      const carrier = this.#isHttp1 ? this.#http1.acquire(waiter.cancellation, waiter.mustBeFresh) : this.#take(waiter.mustBeFresh);
      if (carrier === undefined) break;
      this.#waiting.delete(waiter);
      if (carrier instanceof Promise) void carrier.then(waiter.grant);
      else waiter.grant(carrier);
    }
    this.#openForWaiting();
  }

  #openForWaiting(): void {
    if (this.#waiting.size === 0 || this.#connector !== undefined || this.#isHttp1) return;
    // How many streams a connection takes is known with its peer's SETTINGS, which are on their way.
    for (const connection of this.#all) if (!connection.isSettled) return;
    if (this.#all.size < this.#max) void this.#open();
  }

  async #open(): Promise<void> {
    const connector = new Connector({
      ...this.#target,
      protocols: ["h2", "http/1.1"],
      timeoutMs: this.#target.connectTimeoutMs,
      onStage: (stage) => {
        for (const { cancellation } of this.#waiting) cancellation.phase = stage;
      },
    });
    this.#connector = connector;
    try {
      await this.#connect(connector);
    } catch (error) {
      this.#onFailed(error instanceof Error ? error : new Error(String(error)), connector);
    } finally {
      this.#connector = undefined;
      this.#serve();
    }
  }

  async #connect(connector: Connector): Promise<void> {
    const socket = await connector.connect();
    const { timings, isCertificateWanted } = connector;
    const established = { socket, timings, isCertificateWanted };
    if (socket instanceof TLSSocket && socket.alpnProtocol === "h2") {
      // Loaded by who meets an HTTP/2 server.
      const { Http2Connection } = await import("./http2/connection.ts");
      if (this.#isDestroyed) socket.destroy();
      else this.#all.add(new Http2Connection(this.#target, established, this));
      return;
    }
    if (this.#waiting.size > 0) this.#http1.adopt(established);
    else socket.destroy();
    this.#switchToHttp1();
  }

  /** Who waits for a connection that cannot be made fails with it, as over HTTP/1.1; who came after it was cancelled gets one of his own. */
  #onFailed(error: Error, connector: Connector): void {
    if (connector.isCancelled) return;
    connectFailures.set(error, connector.stage);
    for (const waiter of this.#waiting) waiter.grant(new FailedCarrier(error, connector));
    this.#waiting.clear();
  }

  #switchToHttp1(): void {
    this.#isHttp1 = true;
    for (const connection of this.#all) connection.retire();
    this.#serve();
  }
}
