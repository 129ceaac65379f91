import { isSignedBy, sameName, type Certificate } from "../certificate/certificate.ts";
import type { TrustStore } from "./trust-store.ts";

/** How far the chain could be built, and what it ended with. */
export type ChainEnd =
  /** A trusted root. */
  | "trusted"
  /** A trusted certificate that is no root: OpenSSL does not take it for one unless told to. */
  | "only-intermediate-trusted"
  /** A root that is not trusted. */
  | "untrusted-root"
  /** Nobody knows the issuer. */
  | "issuer-missing"
  /** Somebody bears the issuer's name, but has not signed. */
  | "bad-signature";

export interface BuiltChain {
  readonly end: ChainEnd;
  /** The leaf first, as far as it could be built. */
  readonly path: readonly Certificate[];
  /** With `bad-signature`: who bears the issuer's name. */
  readonly suspect: Certificate | undefined;
}

export interface ChainMaterial {
  readonly sent: readonly Certificate[];
  /** Issuers from elsewhere, e.g. fetched. */
  readonly extra?: readonly Certificate[];
  readonly trusted: TrustStore;
  readonly nowMs: number;
}

/** OpenSSL's own limit is 100; real chains have three or four. */
const maxDepth = 12;
/** Certificates that sign each other crosswise would have more paths than there is time. */
const maxSteps = 100;
const none: readonly Certificate[] = [];
const worth: Readonly<Record<ChainEnd, number>> = {
  trusted: 16,
  "only-intermediate-trusted": 8,
  "untrusted-root": 4,
  "bad-signature": 2,
  "issuer-missing": 1,
};

/** Builds the best chain from the leaf to a root, as RFC 4158 advises: every issuer by name and signature, and the chain that is trusted and within its dates wins. */
export function buildChain(leaf: Certificate, material: ChainMaterial): BuiltChain {
  return extend([leaf], material, { steps: maxSteps });
}

function extend(path: readonly Certificate[], material: ChainMaterial, budget: { steps: number }): BuiltChain {
  budget.steps -= 1;
  const last = path.at(-1);
  if (last === undefined) return { end: "issuer-missing", path, suspect: undefined };
  if (last.isSelfSigned) return { end: material.trusted.has(last) ? "trusted" : "untrusted-root", path, suspect: undefined };
  const named = bearers(last, material).filter(({ fingerprint }) => path.every((other) => other.fingerprint !== fingerprint));
  const issuers = path.length >= maxDepth || budget.steps <= 0 ? none : named.filter((candidate) => isSignedBy(last.x509, candidate.x509));
  const found = issuers.map((issuer) => extend([...path, issuer], material, budget));
  const end = ends(last, { named: issuers === none ? none : named, issuers, trusted: material.trusted });
  return [...found, { end, path, suspect: end === "bad-signature" ? named[0] : undefined }].reduce((best, next) =>
    score(next, material.nowMs) > score(best, material.nowMs) ? next : best,
  );
}

/** What it would end with if it went no further. */
function ends(
  last: Certificate,
  {
    named,
    issuers,
    trusted,
  }: { readonly named: readonly Certificate[]; readonly issuers: readonly Certificate[]; readonly trusted: TrustStore },
): ChainEnd {
  if (trusted.has(last)) return "only-intermediate-trusted";
  return named.length > 0 && issuers.length === 0 ? "bad-signature" : "issuer-missing";
}

/** Those whose subject is the issuer's name: the trusted first, as OpenSSL does since 1.1. */
function bearers({ x509 }: Certificate, { sent, extra = [], trusted }: ChainMaterial): readonly Certificate[] {
  const all = [
    ...trusted.bySubject(x509.issuer),
    ...[...sent, ...extra].filter((candidate) => sameName(candidate.x509.subject, x509.issuer)),
  ];
  return all.filter(({ fingerprint }, index) => all.findIndex((other) => other.fingerprint === fingerprint) === index);
}

function score({ end, path }: BuiltChain, nowMs: number): number {
  const isCurrent = path.every(({ validFromMs, validToMs }) => validFromMs <= nowMs && nowMs <= validToMs);
  return worth[end] * 2 + (isCurrent ? 1 : 0);
}
