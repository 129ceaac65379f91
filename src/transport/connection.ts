import type { Socket } from "node:net";
import type { Cancellation } from "./cancellation.ts";
import type { Carrier, Established } from "./carrier.ts";
import { Connector, type ConnectStage, type ConnectTimings } from "./connector.ts";
import type { Lookup } from "./dial.ts";
import { openClient, type DispatchClient, type DispatchOptions, type Handler, type Settle } from "./dispatcher.ts";
import { skipInterimResponses } from "./interim-responses.ts";
import type { ProxyRoute } from "./proxy-route.ts";
import type { TLSMaterial } from "./tls-material.ts";

/** Errors that happened before a connection was there, and at which stage: certain that the server processed nothing. */
export const connectFailures = new WeakMap<object, ConnectStage>();

/** Where a pool connects to, and how. */
export interface Target {
  /** `https://example.com:8443` */
  readonly origin: string;
  readonly host: string;
  readonly port: number;
  readonly tls: TLSMaterial | undefined;
  /** Through a proxy; undefined: directly. */
  readonly route: ProxyRoute | undefined;
  /** A Unix socket to go to, whatever host and port are. */
  readonly socketPath: string | undefined;
  readonly isPublicOnly: boolean;
  readonly connectTimeoutMs: number;
  readonly lookup: Lookup | undefined;
  readonly resumption: { session?: Buffer };
}

/** The pool a connection belongs to. */
export interface ConnectionOwner {
  /** Its exchange succeeded: it is free for the next. */
  onFree(connection: Connection): void;
  /** Its exchange failed or was cancelled: its state is unknown. */
  onSpoilt(connection: Connection): void;
  /** Closed by the server while it was idle. */
  onLost(connection: Connection): void;
}

/** One connection to an origin, carrying one request at a time; it reconnects by itself when the server closed it while idle. */
export class Connection implements Carrier {
  readonly httpVersion = "1.1";
  /** Requests sent over the present socket before the current one. */
  requestsBefore = 0;
  /** Set while a request is in flight. */
  isBusy = false;
  /** Fresh connection phases, taken by the first exchange. */
  timings: ConnectTimings | undefined;
  /** What broke the present socket first: a body that ends with the connection is then not whole. */
  brokenBy: Error | undefined;
  /** The server asked for a client certificate in the handshake. */
  isCertificateWanted = false;
  readonly #owner: ConnectionOwner;
  readonly #client: DispatchClient;
  #socket: Socket | undefined;
  #connector: Connector | undefined;
  #cancellation: Cancellation | undefined;
  #isConnected = false;
  /** Made by somebody else, for the first request. */
  #ready: Established | undefined;

  constructor(target: Target, owner: ConnectionOwner, ready?: Established) {
    this.#owner = owner;
    this.#ready = ready;
    this.timings = ready?.timings;
    this.#client = openClient(target.origin, (settle) => void this.#connect(target, settle));
    this.#client.on("disconnect", () => {
      this.#isConnected = false;
      this.requestsBefore = 0;
      if (!this.isBusy) owner.onLost(this);
    });
  }

  /** False between two sockets: what is dispatched now has not been written. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Over the present socket, or over the last one where it is gone. */
  get receivedBytes(): number {
    return this.#socket?.bytesRead ?? 0;
  }

  dispatch(options: DispatchOptions, handler: Handler, cancellation: Cancellation): void {
    this.#cancellation = cancellation;
    this.#client.dispatch(options, handler);
  }

  cancelConnect(reason: Error): void {
    this.#connector?.cancel(reason);
  }

  release(isWhole: boolean): void {
    this.isBusy = false;
    if (isWhole) this.#owner.onFree(this);
    else this.#owner.onSpoilt(this);
  }

  destroy(): void {
    // undici rejects pending requests with the error; none is in flight, or its caller has been answered.
    void this.#client.destroy().catch(() => undefined);
    this.#connector?.cancel(new Error("the session was closed"));
    this.#ready?.socket.destroy();
  }

  async #connect(target: Target, settle: Settle): Promise<void> {
    const ready = this.#ready;
    this.#ready = undefined;
    if (ready?.socket.destroyed === false) {
      // undici goes on with its queue only when it is told after its call for a connection.
      queueMicrotask(() => this.#use(ready, settle));
      return;
    }
    const connector = new Connector({
      ...target,
      timeoutMs: target.connectTimeoutMs,
      onStage: (stage) => {
        if (this.#cancellation !== undefined) this.#cancellation.phase = stage;
      },
    });
    this.#connector = connector;
    const socket = await this.#outcome(connector);
    this.#connector = undefined;
    if (socket instanceof Error) {
      settle(socket, null);
      return;
    }
    const { timings, isCertificateWanted } = connector;
    this.#use({ socket, timings, isCertificateWanted }, settle);
  }

  #use({ socket, timings, isCertificateWanted }: Established, settle: Settle): void {
    this.#isConnected = true;
    this.#socket = socket;
    this.requestsBefore = 0;
    this.timings = timings;
    this.brokenBy = undefined;
    this.isCertificateWanted = isCertificateWanted;
    // Listens before undici does, which takes a reset for the end of a body without a length, and forgets a TLS alert for the end after it.
    socket.on("error", (error) => {
      this.brokenBy ??= error;
      // After a TLS error in the middle of a connection Node leaves the socket open, and everybody would wait for a timeout.
      socket.destroy();
    });
    settle(null, socket);
    skipInterimResponses(socket);
  }

  async #outcome(connector: Connector): Promise<Socket | Error> {
    try {
      return await connector.connect();
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      connectFailures.set(failure, connector.stage);
      return failure;
    }
  }
}
