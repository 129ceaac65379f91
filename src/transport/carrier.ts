import type { Socket } from "node:net";
import type { Cancellation } from "./cancellation.ts";
import type { ConnectStage, ConnectTimings, Destination } from "./connector.ts";
import type { Handler, OutgoingRequest } from "./handler.ts";
import type { ProxyRoute } from "./proxy/route.ts";

/** Errors that happened before a connection was there, and at which stage: certain that the server processed nothing. */
export const connectFailures = new WeakMap<object, ConnectStage>();

/** The session was closed under its connections. */
export class ConnectionDropped extends Error {
  constructor() {
    super("the session was closed");
  }
}

/** Where a pool connects to, and how. */
export interface Target extends Destination {
  /** `https://example.com:8443` */
  readonly origin: string;
  /** `example.com:8443`: what requests name as their host. */
  readonly authority: string;
  readonly connectTimeoutMs: number;
}

/** What carries one exchange: a whole HTTP/1.1 connection, or one stream of an HTTP/2 connection. */
export interface Carrier {
  readonly httpVersion: "1.1" | "2";
  /** Requests sent over the connection before this one. */
  requestsBefore: number;
  readonly receivedBytes: number;
  /** Phases of a connection that was made for this exchange. */
  timings: ConnectTimings | undefined;
  /** The server asked for a client certificate in the handshake. */
  readonly isCertificateWanted: boolean;
  dispatch(request: OutgoingRequest, handler: Handler, cancellation: Cancellation): void;
  /** Stops a connection attempt; a no-op once connected. */
  cancelConnect(reason: Error): void;
  /** The exchange has ended: whole, or so that the state of a connection of its own is unknown. */
  release(isWhole: boolean): void;
}

/** Where exchanges get what carries them. */
export interface CarrierPool {
  /** How it reaches its origin; undefined: directly. */
  readonly route: ProxyRoute | undefined;
  /** No connection is open and nobody waits for one. */
  readonly isEmpty: boolean;
  /** A carrier at once when there is one or a connection may be opened, else a promise of the next; `undefined` when cancelled or destroyed. */
  acquire(cancellation: Cancellation, mustBeFresh: boolean): Carrier | Promise<Carrier | undefined>;
  /** Drops what is idle; busy connections end with their exchanges. */
  close(): void;
  /** Drops everything; exchanges in flight fail. */
  destroy(): void;
}

/** A socket that is connected, and how it came to be. */
export interface Established {
  readonly socket: Socket;
  readonly timings: ConnectTimings;
  readonly isCertificateWanted: boolean;
}

/** There is no connection: every exchange ends with the reason why. */
export class FailedCarrier implements Carrier {
  readonly httpVersion = "1.1";
  requestsBefore = 0;
  readonly receivedBytes = 0;
  timings: ConnectTimings | undefined;
  readonly isCertificateWanted: boolean;
  readonly #error: Error;

  constructor(error: Error, facts: { readonly timings: ConnectTimings; readonly isCertificateWanted: boolean }) {
    this.#error = error;
    this.timings = facts.timings;
    this.isCertificateWanted = facts.isCertificateWanted;
  }

  dispatch(_request: OutgoingRequest, handler: Handler): void {
    handler.onResponseError(this.#error);
  }

  cancelConnect(): void {
    // Nothing is being connected.
  }

  release(): void {
    // Nothing is held.
  }
}
