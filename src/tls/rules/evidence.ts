import type { BuiltChain } from "../chain/build-chain.ts";
import type { Certificate } from "../certificate/certificate.ts";

/** What the rules about certificates look at. */
export interface ChainEvidence {
  /** Undefined: no host to compare with, as for a file. */
  readonly host: string | undefined;
  readonly port: number;
  /** Where the connection really goes. @default host and port */
  readonly via?: { readonly host: string; readonly port: number } | undefined;
  readonly nowMs: number;
  readonly warnDays: number;
  /** Who showed the certificates. @default "server" */
  readonly source?: "server" | "file";
  /** The leaf first. */
  readonly sent: readonly Certificate[];
  /** Built from what was sent and what is trusted. */
  readonly built: BuiltChain;
  /** Built with the issuers that could be fetched beside. */
  readonly complete: BuiltChain | undefined;
  /** Of the default certificate, which the server sends when no name is asked for. */
  readonly defaultFingerprint?: string | undefined;
}

/** `api.example.com:8443`, without the usual port. */
export function origin({ host, port }: Pick<ChainEvidence, "host" | "port">): string {
  const name = host === undefined ? "HOST" : host.includes(":") ? `[${host}]` : host;
  return port === 443 ? name : `${name}:${port}`;
}

/** All certificates that count: the chain as built, or what was sent where it could not be. */
export function chainOf({ sent, built }: ChainEvidence): readonly Certificate[] {
  const rest = sent.filter(({ fingerprint }) => built.path.every((other) => other.fingerprint !== fingerprint));
  return built.end === "trusted" ? built.path : [...built.path, ...rest];
}

/** The subject of a sentence about the chain, and how it has its certificates. */
export function sender({ source = "server" }: ChainEvidence): {
  readonly who: string;
  readonly sends: string;
  readonly doesNotSend: string;
} {
  if (source === "file") return { who: "The file", sends: "holds", doesNotSend: "lacks" };
  return { who: "The server", sends: "sends", doesNotSend: "does not send" };
}
