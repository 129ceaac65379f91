import { escapeText } from "../asn1/values.ts";
import type { Certificate } from "../certificate/certificate.ts";
import { addressOf, checkHost, offeredNames, type HostMismatch } from "../chain/host-names.ts";
import type { Finding } from "../diagnosis.ts";
import { origin, type ChainEvidence } from "./evidence.ts";
import { listed, placed, shellWord } from "./words.ts";

const ids: Readonly<Record<HostMismatch, string>> = {
  "other-names": "hostname",
  "wildcard-depth": "hostname-wildcard",
  address: "hostname-address",
  nul: "hostname-nul",
  punycode: "hostname-punycode",
};

/** Whether the server's certificate is for the host that was asked for. */
export function hostFindings(evidence: ChainEvidence): readonly Finding[] {
  const [leaf] = evidence.sent;
  const { host } = evidence;
  if (leaf === undefined || host === undefined) return [];
  const { mismatch, isByCommonName, near } = checkHost(leaf, host);
  if (mismatch !== undefined) return [mismatched(evidence, leaf, { mismatch, near, host })];
  return isByCommonName ? [commonNameOnly(leaf, host)] : [];
}

interface Mismatch {
  readonly mismatch: HostMismatch;
  readonly near: string | undefined;
  readonly host: string;
}

function mismatched(evidence: ChainEvidence, leaf: Certificate, { mismatch, near, host }: Mismatch): Finding {
  const names = offeredNames(leaf);
  const isDefault = evidence.defaultFingerprint === leaf.fingerprint;
  const lead = `The certificate is not for ${escapeText(host)} but for ${names.length === 0 ? "no name at all" : listed(names)}`;
  const vhost =
    isDefault && mismatch === "other-names"
      ? " The server sends the same certificate when no name is asked for: it has none for this one."
      : "";
  const { why, remedy } = explained(mismatch, host, near);
  return {
    id: ids[mismatch],
    severity: "problem",
    summary: `${lead}${why}.${vhost}`,
    remedy,
    command: commandFor(evidence, mismatch, names),
    certificate: placed(leaf, evidence.sent),
    facts: {
      asked: host,
      offered: names.map(escapeText),
      ...(evidence.defaultFingerprint === undefined ? {} : { isDefaultCertificate: isDefault }),
    },
  };
}

function explained(mismatch: HostMismatch, host: string, near = ""): { readonly why: string; readonly remedy: string } {
  const reissue = "have it reissued with this name";
  switch (mismatch) {
    case "wildcard-depth":
      return {
        why: `; ${escapeText(near)} stands for exactly one label`,
        remedy: `Add ${escapeText(host)}, or a wildcard for its level, to the certificate: ${reissue}.`,
      };
    case "address":
      return {
        why: near === "" ? "; a name does not count for an address" : "; the address stands there as a name, where it does not count",
        remedy: "Connect by a name the certificate lists, or have it reissued with the address as an IP entry (IP:, not DNS:).",
      };
    case "nul":
      return {
        why: ", a name with a NUL byte in it, made to deceive",
        remedy: "Do not go on: such a certificate is an attack. Report it to the authority that issued it.",
      };
    case "punycode":
      return {
        why: ", which is the same name in letters; certificates hold it in punycode",
        remedy: `Have it reissued with the name as DNS has it: ${escapeText(host)}.`,
      };
    case "other-names":
      return {
        why: "",
        remedy: `Use a name the certificate lists, or ${reissue}; if the server has several sites, configure this one's certificate for this name.`,
      };
  }
}

function commandFor(evidence: ChainEvidence, mismatch: HostMismatch, names: readonly string[]): string | undefined {
  const usable = names.find((name) => addressOf(name) === undefined && /^[a-z\d.-]+$/i.test(name));
  if (usable === undefined) return undefined;
  if (mismatch === "address") return `errand doctor --servername ${shellWord(usable)} ${shellWord(`https://${origin(evidence)}/`)}`;
  return mismatch === "other-names" ? `errand get ${shellWord(`https://${origin({ host: usable, port: evidence.port })}/`)}` : undefined;
}

function commonNameOnly(leaf: Certificate, host: string): Finding {
  return {
    id: "common-name-only",
    severity: "warning",
    summary: `The certificate has ${escapeText(host)} only as its common name, not as an alternative name: Node accepts that, browsers, Go and Python refuse it.`,
    remedy: "Have it reissued with the name as subject alternative name (DNS:).",
    command: `openssl req -new -key server.key -subj ${shellWord(`/CN=${host}`)} -addext ${shellWord(`subjectAltName=DNS:${host}`)} -out server.csr`,
    certificate: placed(leaf, [leaf]),
    facts: { asked: host },
  };
}
