import { addressOf } from "../chain/host-names.ts";
import { trustStore, type TrustStore } from "../chain/trust-store.ts";
import type { TLSDiagnosisOptions } from "../diagnosis.ts";
import type { Identity } from "../identity.ts";
import type { Target } from "./open-socket.ts";

/** What a diagnosis is about, in the form its steps need. */
export interface Case {
  readonly options: TLSDiagnosisOptions;
  readonly target: Target;
  /** The name that is asked for, and that the certificate must be for. */
  readonly name: string;
  /** Empty where the name is an address (RFC 6066 3). */
  readonly servername: string;
  readonly pems: readonly string[];
  readonly identity: Identity | undefined;
  readonly trusted: TrustStore;
  readonly nowMs: number;
}

/** What errand's own connections offer. */
export const usualProtocols = ["h2", "http/1.1"];

export function caseOf(options: TLSDiagnosisOptions, pems: readonly string[], identity: Identity | undefined): Case {
  const { host, port, connectTo, timeoutMs = 10_000, signal, open, now = Date.now } = options;
  // RFC 6066 3: without the dot that ends a fully qualified name.
  const name = (options.servername ?? host).replace(/^\[|\]$/g, "").replace(/\.$/, "");
  return {
    options,
    target: { host: (connectTo?.host ?? host).replace(/^\[|\]$/g, ""), port: connectTo?.port ?? port, open, timeoutMs, signal },
    name,
    servername: addressOf(name) === undefined ? name : "",
    pems,
    identity,
    trusted: trustStore(pems),
    nowMs: now(),
  };
}
