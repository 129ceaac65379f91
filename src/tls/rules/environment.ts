import type { Finding } from "../diagnosis.ts";

/** What the environment does to every Node program's TLS. */
export function environmentFindings(env: NodeJS.ProcessEnv): readonly Finding[] {
  if (env["NODE_TLS_REJECT_UNAUTHORIZED"] !== "0") return [];
  return [
    {
      id: "verification-off",
      severity: "warning",
      summary:
        "NODE_TLS_REJECT_UNAUTHORIZED=0 is set: Node programs started here take any certificate, an attacker's too (errand does not heed it).",
      remedy: "Unset it, and trust the authority that was missing: NODE_EXTRA_CA_CERTS, or --ca.",
      command: "unset NODE_TLS_REJECT_UNAUTHORIZED",
    },
  ];
}

/** A file of authorities that gives none: OpenSSL and Node pass over it in silence. */
export function caFileFinding(problem: "unreadable" | "empty", detail: string): Finding {
  return {
    id: problem === "empty" ? "ca-file-empty" : "ca-file-unreadable",
    severity: "problem",
    summary: `${detail}; nothing of it is trusted.`,
    remedy:
      problem === "empty"
        ? 'It must hold PEM ("-----BEGIN CERTIFICATE-----"). Of DER make PEM: openssl x509 -inform der -in FILE -out FILE.pem; of PKCS#7: openssl pkcs7 -print_certs -in FILE.'
        : "Check the path and its permissions.",
    command: problem === "empty" ? "openssl x509 -inform der -in ca.der -out ca.pem" : undefined,
  };
}

export type IdentityProblem =
  | "incomplete"
  | "certificate-unreadable"
  | "key-unreadable"
  | "passphrase-missing"
  | "passphrase-wrong"
  | "mismatch";

const identityWords: Readonly<Record<IdentityProblem, Pick<Finding, "id" | "summary" | "remedy" | "command">>> = {
  incomplete: {
    id: "client-identity-incomplete",
    summary: "A client certificate needs its key, and a key its certificate: one of the two is missing.",
    remedy: "Give both: --cert client.pem --key client.key (tls.cert, tls.key).",
    command: "errand get --cert client.pem --key client.key URL",
  },
  "certificate-unreadable": {
    id: "client-certificate-unreadable",
    summary: "The client certificate cannot be read: there is no PEM certificate in it.",
    remedy: "Convert it: of DER with openssl x509 -inform der, of PKCS#12 (.p12, .pfx) with openssl pkcs12.",
    command: "openssl pkcs12 -in client.p12 -nokeys -out client.pem",
  },
  "key-unreadable": {
    id: "client-key-unreadable",
    summary: "The client key cannot be read: there is no PEM private key in it.",
    remedy: "Convert it: of DER with openssl pkey -inform der, of PKCS#12 (.p12, .pfx) with openssl pkcs12.",
    command: "openssl pkcs12 -in client.p12 -nocerts -out client.key",
  },
  "passphrase-missing": {
    id: "client-key-passphrase",
    summary: "The client key is encrypted, and no passphrase is given.",
    remedy: "Give its passphrase: tls.passphrase, best as a secret's reference.",
    command: "openssl pkey -in client.key -noout",
  },
  "passphrase-wrong": {
    id: "client-key-passphrase",
    summary: "The client key is encrypted, and does not open with the given passphrase.",
    remedy: "Check the passphrase, spaces and line ends at its end too: OpenSSL asks for it with this command.",
    command: "openssl pkey -in client.key -noout",
  },
  mismatch: {
    id: "client-key-mismatch",
    summary: "The client key does not belong to the client certificate: their public keys differ.",
    remedy:
      "Give the key the certificate was issued for; the first certificate of the file must be your own, its intermediates come after it. Compare the public keys with this command.",
    command: "openssl x509 -in client.pem -noout -pubkey; openssl pkey -in client.key -pubout",
  },
};

/** What is wrong with the client certificate and key, before any network. `file` is a path, or empty for PEM text. */
export function identityFinding(problem: IdentityProblem, file: string): Finding {
  const words = identityWords[problem];
  return {
    ...words,
    severity: "problem",
    summary: file === "" ? words.summary : `${words.summary.slice(0, -1)} (${file}).`,
    facts: { file },
  };
}
