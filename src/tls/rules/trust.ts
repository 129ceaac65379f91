import type { Certificate } from "../certificate/certificate.ts";
import type { Finding } from "../diagnosis.ts";
import { origin, sender, type ChainEvidence } from "./evidence.ts";
import { interceptorOf } from "./interceptors.ts";
import { called, placed, placeOf, shellWord } from "./words.ts";

/** Why the chain leads to no trusted root, and what is odd about the way it was sent. */
export function trustFindings(evidence: ChainEvidence): readonly Finding[] {
  const { sent, built } = evidence;
  if (sent[0] === undefined) return [];
  switch (built.end) {
    case "trusted":
      return orderFindings(evidence);
    case "only-intermediate-trusted":
      return [onlyIntermediate(evidence), ...orderFindings(evidence)];
    case "bad-signature":
      return [rekeyed(evidence)];
    case "untrusted-root":
      return built.path.length === 1 ? [selfSigned(evidence)] : [untrustedRoot(evidence), ...orderFindings(evidence)];
    case "issuer-missing":
      return [issuerMissing(evidence), ...orderFindings(evidence)];
  }
}

const trustIt =
  "Get the root certificate from whoever runs that authority (not over this connection), compare its fingerprint, and trust it: --ca root.pem, tls.ca, NODE_EXTRA_CA_CERTS, or the system's store.";

function withAuthority(evidence: ChainEvidence, file: string): string | undefined {
  return evidence.host === undefined ? undefined : `errand get --ca ${file} ${shellWord(`https://${origin(evidence)}/`)}`;
}

function selfSigned(evidence: ChainEvidence): Finding {
  const { sent, built } = evidence;
  const intercepted = intercepting(evidence);
  if (intercepted !== undefined) return intercepted;
  const [leaf] = built.path;
  return {
    id: "self-signed",
    severity: "problem",
    summary: `The server's certificate (${leaf === undefined ? "" : called(leaf)}) is self-signed: no authority vouches for it.`,
    remedy:
      "If the server is yours, copy its certificate from the machine itself and trust exactly that one: --ca server.pem or tls.ca. Better: have one issued by an authority (ACME, or your own).",
    command: withAuthority(evidence, "server.pem"),
    certificate: leaf === undefined ? undefined : placed(leaf, sent),
  };
}

function untrustedRoot(evidence: ChainEvidence): Finding {
  const { sent, built } = evidence;
  const intercepted = intercepting(evidence);
  if (intercepted !== undefined) return intercepted;
  const root = built.path.at(-1);
  return {
    id: "untrusted-root",
    severity: "problem",
    summary: `The certificate's authority is not trusted on this machine: ${root?.subject.text ?? ""}. ${evidence.source === "file" ? "That the root stands in the file" : "That the server sent the root itself"} makes it no more trustworthy.`,
    remedy: trustIt,
    command: withAuthority(evidence, "root.pem"),
    certificate: root === undefined ? undefined : placed(root, sent, built.path),
    facts: { root: root?.subject.text ?? "", fingerprint: root?.fingerprint ?? "" },
  };
}

function intercepting({ sent, built, complete }: ChainEvidence): Finding | undefined {
  const found = interceptorOf((complete ?? built).path);
  if (found === undefined) return undefined;
  const top = built.path.at(-1);
  return {
    id: "intercepting-proxy",
    severity: "problem",
    summary: `Something between intercepts TLS: the certificate was made by ${found.product} (${found.issuer}), not by an authority of the web.`,
    remedy:
      "If it is your organisation's, have its root certificate from IT and trust it: NODE_USE_SYSTEM_CA=1 where it is in the system's store already, else NODE_EXTRA_CA_CERTS or --ca. If it is not, do not send anything over this network.",
    command: "export NODE_EXTRA_CA_CERTS=/path/to/company-root.pem",
    certificate: top === undefined ? undefined : placed(top, sent, built.path),
    facts: { product: found.product, issuer: found.issuer },
  };
}

function onlyIntermediate(evidence: ChainEvidence): Finding {
  const { sent, built } = evidence;
  const top = built.path.at(-1);
  return {
    id: "only-intermediate-trusted",
    severity: "problem",
    summary: `Trusted is only ${top === undefined ? "a certificate" : called(top)}, which is no root: its issuer, ${top?.issuer.text ?? ""}, is missing here.`,
    remedy: "Put the root certificate of that authority into the CA file, beside or in place of the intermediate.",
    command: "cat intermediate.pem root.pem > ca.pem",
    certificate: top === undefined ? undefined : placed(top, sent, built.path),
    facts: { missing: top?.issuer.text ?? "" },
  };
}

function rekeyed({ sent, built }: ChainEvidence): Finding {
  const last = built.path.at(-1);
  const issuer = built.suspect === undefined ? "" : called(built.suspect);
  return {
    id: "rekeyed-issuer",
    severity: "problem",
    summary: `${last === undefined ? "A certificate" : called(last)} names ${issuer} as its issuer, but the certificate of that name that is at hand has not signed it: another key.`,
    remedy:
      "Do not go on until it is explained: it is a stale chain file or CA file (the authority was made anew under its old name), or a forgery. Install the authority's current certificate.",
    certificate: last === undefined ? undefined : placed(last, sent, built.path),
    facts: { issuer, issuerFingerprint: built.suspect?.fingerprint ?? "" },
  };
}

/** No issuer: an intermediate was left out, another was sent, or the authority is a private one whose root nobody sent. */
function issuerMissing(evidence: ChainEvidence): Finding {
  const { sent, built, complete } = evidence;
  const intercepted = intercepting(evidence);
  if (intercepted !== undefined) return intercepted;
  const last = built.path.at(-1);
  if (last === undefined) return rekeyed(evidence);
  const unused = sent.filter((certificate) => placeOf(certificate, built.path) < 0);
  const certificate = placed(last, sent, built.path);
  if (complete?.end === "trusted")
    return unused.length > 0 ? wrongIntermediate(evidence, last) : { ...missingIntermediate(evidence, last), certificate };
  if (unused.length > 0 && built.path.length === 1) return wrongIntermediate(evidence, last);
  if (built.path.length > 1 || complete?.end === "untrusted-root") return { ...rootNotSent(evidence, last), certificate };
  return { ...missingIntermediate(evidence, last), certificate };
}

function missingIntermediate(evidence: ChainEvidence, last: Certificate): Finding {
  const { complete, built } = evidence;
  const { who, doesNotSend } = sender(evidence);
  const issuer = last.issuer.text;
  const facts = { missing: issuer, issuerUrls: last.issuerUrls };
  const remedy =
    "Have the server send the full chain: its own certificate, then each intermediate (fullchain.pem of ACME clients). Until then, trust the intermediate and its root with --ca.";
  const command = "cat server.pem intermediate.pem > fullchain.pem";
  // An authority of the web always says where its certificate is; a private one seldom does.
  if (last.issuerUrls.length === 0) {
    return {
      id: "missing-intermediate",
      severity: "problem",
      summary: `${who} ${doesNotSend} the certificate of the issuer, ${issuer}, and this machine does not know it: an intermediate left out, or a private authority.`,
      remedy: `${remedy} If the issuer is a private authority, trust its root: --ca root.pem, tls.ca or NODE_EXTRA_CA_CERTS.`,
      command,
      facts,
    };
  }
  const isFound = complete?.path[built.path.length] !== undefined;
  return {
    id: "missing-intermediate",
    severity: "problem",
    summary: `${who} ${doesNotSend} the intermediate certificate of ${issuer}${isFound ? `, which was fetched from ${shellWord(last.issuerUrls[0] ?? "")} and completes the chain` : ""}. Browsers and Postman may have it from elsewhere; scripts do not.`,
    remedy,
    command,
    facts,
  };
}

function wrongIntermediate(evidence: ChainEvidence, last: Certificate): Finding {
  const { sent, built } = evidence;
  const { who, sends } = sender(evidence);
  const unused = sent.filter((certificate) => placeOf(certificate, built.path) < 0);
  return {
    id: "wrong-intermediate",
    severity: "problem",
    summary: `${who} ${sends} the wrong intermediate: ${unused.map(called).join(", ")}, where ${called(last)} was issued by ${last.issuer.text}.`,
    remedy: "Replace the chain file on the server by the one that came with this certificate, and reload it.",
    command: "cat server.pem intermediate.pem > fullchain.pem",
    certificate: placed(last, sent, built.path),
    facts: { missing: last.issuer.text, sent: unused.map(({ subject }) => subject.text) },
  };
}

function rootNotSent(evidence: ChainEvidence, last: Certificate): Finding {
  return {
    id: "untrusted-root-not-sent",
    severity: "problem",
    summary: `The certificate's authority is not trusted on this machine: the chain ends at ${last.issuer.text}, whose certificate is neither sent nor known here.`,
    remedy: trustIt,
    command: withAuthority(evidence, "root.pem"),
    facts: { missing: last.issuer.text },
  };
}

/** RFC 5246 7.4.2 wants each certificate to be followed by its issuer's; OpenSSL and browsers sort, others do not. */
function orderFindings(evidence: ChainEvidence): readonly Finding[] {
  const { sent, built } = evidence;
  const { who, sends } = sender(evidence);
  const places = built.path.map((certificate) => placeOf(certificate, sent)).filter((place) => place >= 0);
  if (places.every((place, index) => index === 0 || place > (places[index - 1] ?? 0))) return [];
  return [
    {
      id: "chain-order",
      severity: "warning",
      summary: `${who} ${sends} its certificates in the wrong order (${sent.map(called).join(", ")}): clients that do not sort them fail.`,
      remedy: "Put them into the chain file in this order: the server's own, its issuer, that one's issuer; the root is not needed.",
      command: "cat server.pem intermediate.pem > fullchain.pem",
      facts: {
        sent: sent.map(({ subject }) => subject.text),
        expected: built.path.filter((each) => placeOf(each, sent) >= 0).map(({ subject }) => subject.text),
      },
    },
  ];
}
