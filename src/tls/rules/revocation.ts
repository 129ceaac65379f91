import type { Certificate } from "../certificate/certificate.ts";
import type { Finding } from "../diagnosis.ts";
import type { ChainEvidence } from "./evidence.ts";
import { ago, day, placed, role } from "./words.ts";

/** What a CRL or an OCSP answer says of a certificate. */
export interface RevocationStatus {
  readonly source: "CRL" | "OCSP" | "stapled OCSP";
  /** `unusable`: not signed by the issuer, not for this certificate, out of date, or not readable. */
  readonly status: "good" | "revoked" | "unknown" | "unusable";
  readonly revokedAtMs?: number | undefined;
  /** RFC 5280 5.3.1 in words. */
  readonly reason?: string | undefined;
  /** Why it is unusable. */
  readonly problem?: string | undefined;
}

export interface RevocationEvidence {
  readonly certificate: Certificate;
  readonly statuses: readonly RevocationStatus[];
}

/** Node itself looks at none of this: a revoked certificate is accepted unless somebody asks. */
export function revocationFindings(
  evidence: ChainEvidence,
  checked: readonly RevocationEvidence[],
  hasStaple: boolean,
): readonly Finding[] {
  const [leaf] = evidence.sent;
  const mustStaple = leaf?.mustStaple === true && !hasStaple && evidence.host !== undefined ? [unstapled(evidence, leaf)] : [];
  return [...checked.flatMap((each) => statusFindings(evidence, each)), ...mustStaple];
}

function statusFindings(evidence: ChainEvidence, { certificate, statuses }: RevocationEvidence): readonly Finding[] {
  const place = placed(certificate, evidence.sent, evidence.built.path);
  const name = role(certificate, evidence.sent[0]);
  const revoked = statuses.find(({ status }) => status === "revoked");
  if (revoked !== undefined) {
    const { revokedAtMs, reason, source } = revoked;
    const when = revokedAtMs === undefined ? "" : ` ${ago(revokedAtMs, evidence.nowMs)}, on ${day(revokedAtMs)}`;
    return [
      {
        id: "revoked",
        severity: "problem",
        summary: `${name} was revoked${when}${reason === undefined ? "" : ` (${reason})`}, says the authority's ${source === "CRL" ? "list (CRL)" : `${source} answer`}.`,
        remedy: "Do not go on: its key may be in other hands. Have a new certificate issued for a new key, and install it on the server.",
        certificate: place,
        facts: {
          source,
          ...(reason === undefined ? {} : { reason }),
          ...(revokedAtMs === undefined ? {} : { revokedAt: new Date(revokedAtMs).toISOString() }),
        },
      },
    ];
  }
  const unusable = statuses.find(({ status }) => status === "unusable");
  if (unusable === undefined || statuses.some(({ status }) => status === "good")) return [];
  return [
    {
      id: "revocation-unknown",
      severity: "warning",
      summary: `Whether ${name.charAt(0).toLowerCase()}${name.slice(1)} was revoked is not known: the ${unusable.source === "CRL" ? "list (CRL)" : `${unusable.source} answer`} ${unusable.problem ?? "is unusable"}.`,
      remedy:
        unusable.source === "stapled OCSP"
          ? "Have the server fetch its OCSP answer anew, or staple none."
          : "Tell whoever runs the authority: its list or responder is out of order.",
      certificate: place,
      facts: { source: unusable.source, problem: unusable.problem ?? "" },
    },
  ];
}

function unstapled({ sent }: ChainEvidence, leaf: Certificate): Finding {
  return {
    id: "must-staple",
    severity: "warning",
    summary: `${role(leaf, leaf)} demands a stapled OCSP answer (RFC 7633), and the server sends none: Firefox refuses it.`,
    remedy: "Switch OCSP stapling on in the server (nginx: ssl_stapling on), or have the certificate reissued without that demand.",
    certificate: placed(leaf, sent),
  };
}
