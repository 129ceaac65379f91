import { isSignedBy, readCertificate, type Certificate } from "../certificate/certificate.ts";
import type { BuiltChain } from "../chain/build-chain.ts";
import { certificatesIn } from "../trust.ts";
import { fetchBytes, type FetchOptions } from "./fetch.ts";

const maxFetches = 4;

/** Fetches the issuers a chain lacks from where its certificates say they are (RFC 5280 4.2.2.1), as browsers do. */
export async function fetchIssuers(built: BuiltChain, options: FetchOptions): Promise<readonly Certificate[]> {
  const fetched: Certificate[] = [];
  let last = built.path.at(-1);
  while (last !== undefined && !last.isSelfSigned && fetched.length < maxFetches) {
    const issuer: Certificate | undefined = await fetchIssuer(last, options);
    if (issuer === undefined || fetched.some(({ fingerprint }) => fingerprint === issuer.fingerprint)) break;
    fetched.push(issuer);
    last = issuer;
  }
  return fetched;
}

/** Only one whose key has signed the certificate counts. */
async function fetchIssuer(certificate: Certificate, options: FetchOptions): Promise<Certificate | undefined> {
  for (const url of certificate.issuerUrls.slice(0, 2)) {
    const bytes = await fetchBytes(url, options);
    const issuer = bytes === undefined ? undefined : read(bytes);
    if (issuer !== undefined && isSignedBy(certificate.x509, issuer.x509)) return issuer;
  }
  return undefined;
}

/** DER by the rules, PEM by habit. */
function read(bytes: Buffer): Certificate | undefined {
  try {
    return readCertificate(certificatesIn(bytes.toString("latin1"))[0] ?? bytes);
  } catch {
    // Not a certificate, perhaps a bundle of another kind: as if nothing had come.
    return undefined;
  }
}
