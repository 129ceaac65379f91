import type { Auth } from "../../../auth/index.ts";
import type { Secret } from "../../../secrets/index.ts";

/** PEM text of a client certificate and its key. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: Secret;
}

/** How to prove who calls, as of now. */
export interface Credential {
  /** Undefined: by certificate alone, or anonymous. */
  readonly auth: Auth | undefined;
  /** Of a credential plugin; static ones belong to the TLS material. */
  readonly certificate?: ClientCertificate;
}

/** Where credentials come from. */
export interface CredentialSource {
  /** The present credential; the same object as long as it does not change. */
  current(): Promise<Credential>;
  /** After a 401 for `used`: true when there is another one by now, and the call is worth repeating. */
  refresh(used: Credential): Promise<boolean>;
}

/** A credential that never changes by itself. */
export function fixedCredential(auth: Auth | undefined): CredentialSource {
  const credential: Credential = { auth };
  return {
    current: () => Promise.resolve(credential),
    refresh: async () => (await auth?.refresh?.()) ?? false,
  };
}
