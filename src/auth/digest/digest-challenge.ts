import { parseChallenges, type Challenge } from "../challenge-list.ts";
import { digestAlgorithm, type DigestAlgorithm } from "./digest-algorithm.ts";

/** What a server asks for (RFC 7616 3.3). Texts are latin-1, as they came. */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  readonly algorithm: DigestAlgorithm;
  /** The challenge named its algorithm, and so must the answer. */
  readonly isAlgorithmNamed: boolean;
  /** Undefined: without, as in RFC 2069. */
  readonly qop: "auth" | "auth-int" | undefined;
  /** The nonce was too old, the password right. */
  readonly isStale: boolean;
  readonly wantsUserhash: boolean;
  readonly isUTF8: boolean;
  /** Where the answer is good, as URIs; none: everywhere on the server. */
  readonly domain: readonly string[];
}

/**
 * The challenge to answer among those of a response: the strongest that can be computed, and of equals the server's first.
 *
 * Undefined when there is none: another scheme, no nonce, an unknown algorithm or qop.
 */
export function pickDigestChallenge(rawHeaders: Iterable<readonly [name: string, value: string]>): DigestChallenge | undefined {
  let best: DigestChallenge | undefined;
  for (const [name, value] of rawHeaders) {
    if (name.toLowerCase() !== "www-authenticate") continue;
    // Line by line: one that is malformed must not spoil the next.
    for (const challenge of parseChallenges(value)) {
      const read = challenge.scheme === "digest" ? readDigest(challenge) : undefined;
      if (read !== undefined && (best === undefined || read.algorithm.strength > best.algorithm.strength)) best = read;
    }
  }
  return best;
}

function readDigest({ params }: Challenge): DigestChallenge | undefined {
  const realm = params.get("realm");
  const nonce = params.get("nonce");
  const algorithm = digestAlgorithm(params.get("algorithm"));
  const qop = readQop(params.get("qop"));
  if (realm === undefined || nonce === undefined || algorithm === undefined || qop === "unknown") return undefined;
  return {
    realm,
    nonce,
    opaque: params.get("opaque"),
    algorithm,
    isAlgorithmNamed: params.has("algorithm"),
    qop: qop === "none" ? undefined : qop,
    isStale: isTrue(params.get("stale")),
    wantsUserhash: isTrue(params.get("userhash")),
    isUTF8: params.get("charset")?.toLowerCase() === "utf-8",
    domain: (params.get("domain") ?? "").split(/[ \t]+/).filter((uri) => uri !== ""),
  };
}

/** `auth` before `auth-int`, which hashes the body as well. An empty list is none. */
function readQop(value: string | undefined): "auth" | "auth-int" | "none" | "unknown" {
  const offered = (value ?? "")
    .toLowerCase()
    .split(/[ \t,]+/)
    .filter((word) => word !== "");
  if (offered.length === 0) return "none";
  if (offered.includes("auth")) return "auth";
  return offered.includes("auth-int") ? "auth-int" : "unknown";
}

function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === "true";
}
