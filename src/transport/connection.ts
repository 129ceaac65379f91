import type { Socket } from "node:net";
import Client, { type DispatchOptions, type Handler } from "undici/lib/dispatcher/client.js";
import type { Cancellation } from "./cancellation.ts";
import { Connector, type ConnectTimings } from "./connector.ts";
import type { TLSMaterial } from "./tls-material.ts";

/** Marks an error that happened before a connection was there: certain that the server processed nothing. */
export const connectFailures = new WeakSet<object>();

/** Where a pool connects to, and how. */
export interface Target {
  /** `https://example.com:8443` */
  readonly origin: string;
  readonly host: string;
  readonly port: number;
  readonly tls: TLSMaterial | undefined;
  readonly isPublicOnly: boolean;
  readonly connectTimeoutMs: number;
  readonly resumption: { session?: Buffer };
}

/** undici's own default: below the 5 s after which Node servers close an idle connection. */
const keepAliveMs = 4_000;

/** One connection to an origin, carrying one request at a time; it reconnects by itself when the server closed it while idle. */
export class Connection {
  /** Requests sent over the present socket before the current one. */
  requestsBefore = 0;
  /** Set while a request is in flight. */
  isBusy = false;
  /** Fresh connection phases, taken by the first exchange. */
  timings: ConnectTimings | undefined;
  readonly #client: Client;
  #connector: Connector | undefined;
  #cancellation: Cancellation | undefined;
  #isConnected = false;

  constructor(target: Target, onLost: (connection: Connection) => void) {
    this.#client = new Client(target.origin, {
      pipelining: 1,
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: keepAliveMs,
      connect: (_options, callback) => this.#connect(target, callback),
    });
    this.#client.on("disconnect", () => {
      this.#isConnected = false;
      this.requestsBefore = 0;
      if (!this.isBusy) onLost(this);
    });
  }

  /** False between two sockets: what is dispatched now has not been written. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  dispatch(options: DispatchOptions, handler: Handler, cancellation: Cancellation): void {
    this.#cancellation = cancellation;
    this.#client.dispatch(options, handler);
  }

  /** Stops a connection attempt; a no-op once connected. */
  cancelConnect(reason: Error): void {
    this.#connector?.cancel(reason);
  }

  destroy(): void {
    // undici rejects pending requests with the error; none is in flight, or its caller has been answered.
    void this.#client.destroy().catch(() => undefined);
    this.#connector?.cancel(new Error("the session was closed"));
  }

  #connect(target: Target, callback: (error: Error | null, socket: Socket | null) => void): void {
    const connector = new Connector({
      ...target,
      timeoutMs: target.connectTimeoutMs,
      onStage: (stage) => {
        if (this.#cancellation !== undefined) this.#cancellation.phase = stage;
      },
    });
    this.#connector = connector;
    connector.connect().then(
      (socket) => {
        this.#connector = undefined;
        this.#isConnected = true;
        this.requestsBefore = 0;
        this.timings = connector.timings;
        callback(null, socket);
      },
      (error: Error) => {
        this.#connector = undefined;
        connectFailures.add(error);
        callback(error, null);
      },
    );
  }
}
