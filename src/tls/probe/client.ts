import type { SecureContext } from "node:tls";
import type { Finding } from "../diagnosis.ts";
import type { Handshake } from "../handshake.ts";
import type { Identity } from "../identity.ts";
import { verdictFindings } from "../rules/chain.ts";
import { identityFindings, notTried, unusable, wantedFindings } from "../rules/client-certificate.ts";
import type { Case } from "./case.ts";
import { usualContext } from "./contexts.ts";
import { handshake } from "./handshake.ts";

/** What the server makes of the client. */
export interface ExaminedClient {
  readonly findings: readonly Finding[];
  /** The handshake with the client certificate, where it was shown: it replaces what the server said without. */
  readonly identified: Handshake | undefined;
}

/** A refusal comes at once; a server that is silent about a HEAD has none. */
const maxAnswerMs = 3000;

/** Without a certificate where none was given; with it only where the server has proved who it is. */
export async function examineClient(about: Case, shown: Handshake, found: readonly Finding[]): Promise<ExaminedClient> {
  const { servername, identity, name, options } = about;
  const target = { ...about.target, timeoutMs: Math.min(about.target.timeoutMs, maxAnswerMs) };
  if (!shown.isCertificateWanted) return { findings: [], identified: undefined };
  const headFor = name.includes(":") ? `[${name}]` : name;
  const asking = { servername, protocols: ["http/1.1"], headFor };
  if (identity === undefined) {
    // Up to TLS 1.2 a server that insists ends the handshake itself, and all is said.
    if (!shown.isComplete) return { findings: [], identified: undefined };
    return { findings: wantedFindings(await handshake(target, { ...asking, context: usualContext([]) }), options), identified: undefined };
  }
  if (found.some(isAboutServer)) return { findings: [notTried()], identified: undefined };
  const context = contextWith(about.pems, identity);
  if (context instanceof Error) return { findings: [unusable(context.message)], identified: undefined };
  const identified = await handshake(target, { ...asking, context, host: name });
  const findings = identityFindings(identified, options);
  return { findings: [...findings, ...verdictFindings(identified.verdict, findings)], identified };
}

/** OpenSSL has rules of its own for certificates and keys that belong together. */
function contextWith(pems: readonly string[], identity: Identity): SecureContext | Error {
  try {
    return usualContext(pems, identity);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function isAboutServer({ severity, id }: Finding): boolean {
  return severity === "problem" && !isAboutClient(id);
}

export function isAboutClient(id: string): boolean {
  return id === "client-certificate-required" || id === "client-certificate-dropped";
}
