import type { Secret } from "../secrets/index.ts";

/** What an Auth signs: one attempt, or one hop of a redirect. Header values may be Secrets; transport opens them. */
export interface SigningRequest {
  readonly method: string;
  readonly url: URL;
  setHeader(name: string, value: string | Secret): void;
  hasHeader(name: string): boolean;
}

/** A way to prove who calls. `basic`, `bearer` and `apiKey` make one; so does any object of this shape. */
export interface Auth {
  /** Names the way where calls are shown: "basic", "bearer", "apiKey". */
  readonly scheme: string;
  /** Adds the credentials. Called for every attempt. */
  sign(request: SigningRequest): void | Promise<void>;
  /** After a 401: true when there are new credentials; the call is then repeated once. */
  refresh?(): Promise<boolean>;
}

/** True for what can be given as `auth`. */
export function isAuth(value: unknown): value is Auth {
  return (
    typeof value === "object" &&
    value !== null &&
    "scheme" in value &&
    typeof value.scheme === "string" &&
    "sign" in value &&
    typeof value.sign === "function"
  );
}
