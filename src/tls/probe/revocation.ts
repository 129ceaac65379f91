import type { Certificate } from "../certificate/certificate.ts";
import { readCrl, type RevocationQuestion } from "../revocation/crl.ts";
import { ocspRequest, readOcsp } from "../revocation/ocsp.ts";
import type { RevocationEvidence, RevocationStatus } from "../rules/revocation.ts";
import { fetchBytes, type FetchOptions } from "./fetch.ts";

export interface RevocationCheck {
  /** The leaf first; each is checked by what the next has signed. */
  readonly path: readonly Certificate[];
  readonly staple: Buffer | undefined;
  readonly nowMs: number;
  readonly mayFetch: boolean;
  readonly fetchOptions: FetchOptions;
}

const maxCrlBytes = 16 * 1024 * 1024;

/** What the staple says of the leaf; with leave to fetch, what responders and lists say of every certificate below the root. */
export async function checkRevocation(check: RevocationCheck): Promise<readonly RevocationEvidence[]> {
  const { path, staple, nowMs } = check;
  return await Promise.all(
    path.slice(0, -1).map(async (certificate, place) => {
      const question = { certificate, issuer: path[place + 1] ?? certificate, nowMs };
      const stapled = place === 0 && staple !== undefined ? [readOcsp(staple, question, "stapled OCSP")] : [];
      return {
        certificate,
        statuses: isDecided(stapled) || !check.mayFetch ? stapled : [...stapled, ...(await fetchStatuses(question, check.fetchOptions))],
      };
    }),
  );
}

function isDecided(statuses: readonly RevocationStatus[]): boolean {
  return statuses.some(({ status }) => status === "good" || status === "revoked");
}

/** The responder first; the list where that decides nothing. */
async function fetchStatuses(question: RevocationQuestion, options: FetchOptions): Promise<readonly RevocationStatus[]> {
  const { ocspUrls, crlUrls } = question.certificate;
  const statuses: RevocationStatus[] = [];
  for (const url of ocspUrls.slice(0, 1)) {
    const bytes = await fetchBytes(url, { ...options, body: { bytes: ocspRequest(question), type: "application/ocsp-request" } });
    statuses.push(
      bytes === undefined ? { source: "OCSP", status: "unusable", problem: "could not be fetched" } : readOcsp(bytes, question, "OCSP"),
    );
  }
  for (const url of isDecided(statuses) ? [] : crlUrls.slice(0, 2)) {
    const bytes = await fetchBytes(url, { ...options, maxBytes: maxCrlBytes });
    statuses.push(bytes === undefined ? { source: "CRL", status: "unusable", problem: "could not be fetched" } : readCrl(bytes, question));
  }
  return statuses;
}
