import type { Certificate } from "../certificate/certificate.ts";
import type { RevocationEvidence } from "../rules/revocation.ts";
import type { FetchOptions } from "./fetch.ts";

export interface RevocationCheck {
  /** The leaf first; each is checked against the next. */
  readonly path: readonly Certificate[];
  readonly staple: Buffer | undefined;
  readonly nowMs: number;
  readonly mayFetch: boolean;
  readonly fetchOptions: FetchOptions;
}

export async function checkRevocation(_check: RevocationCheck): Promise<readonly RevocationEvidence[]> {
  return [];
}
