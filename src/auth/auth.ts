import type { Secret } from "../secrets/index.ts";

/** A header as it is going to be sent: its name, and the value of each of its field lines. */
export type HeaderLines = readonly [name: string, values: readonly (string | Secret)[]];

/** A form that an Auth sends on its own account, to a token endpoint for example. */
export interface AuthFetch {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | Secret>>;
  readonly form: Readonly<Record<string, string | Secret>>;
}

/** What an auth scheme sees of the answer to its own request. */
export interface AuthFetchResponse {
  readonly status: number;
  /** One header by name in any case. */
  header(name: string): string | undefined;
  text(): string | Promise<string>;
}

/** What an Auth signs: one attempt, or one hop of a redirect. Header values may be Secrets; transport opens them. */
export interface SigningRequest {
  readonly method: string;
  readonly url: URL;
  setHeader(name: string, value: string | Secret): void;
  hasHeader(name: string): boolean;
  /** Every header set so far. `Host` is among them only where the caller wrote it. A session gives this and what follows. */
  headers?(): Iterable<HeaderLines>;
  /**
   * Hash of the body in lower-case hex, that of nothing where there is no body; a promise only where the body must be read from a file.
   * Undefined for a stream that can be read once.
   * @param algorithm a name of node:crypto, e.g. "sha256"
   */
  bodyHash?(algorithm: string): string | Promise<string> | undefined;
  /**
   * POSTs a form over the connections of the session, with nothing else of the call or the session: not its headers, auth, middleware or
   * signal. Several calls may wait for the one answer.
   */
  fetch?(request: AuthFetch): Promise<AuthFetchResponse>;
}

/** An answer that turned a request down. */
export interface RefusedResponse {
  readonly status: number;
  /** As the server sent them: order, case and repeats kept; latin-1. */
  readonly rawHeaders: readonly (readonly [name: string, value: string])[];
  /** One header by name in any case; several lines are joined by `, `. */
  header(name: string): string | undefined;
}

/** A way to prove who calls. `basic`, `bearer` and `apiKey` make one; so does any object of this shape. */
export interface Auth {
  /** Names the way where calls are shown: "basic", "bearer", "apiKey". */
  readonly scheme: string;
  /** Adds the credentials. Called for every attempt. */
  sign(request: SigningRequest): void | Promise<void>;
  /** After a 401: true when there are new credentials; the call is then repeated once. */
  refresh?(): Promise<boolean>;
  /**
   * In place of `refresh`, for those that need the answer: true when the request is worth repeating once, which signs it anew.
   * @param request the one that was signed for the exchange: the same object
   */
  challenge?(response: RefusedResponse, request: SigningRequest): boolean | Promise<boolean>;
  /** The statuses after which `challenge` is asked. @default [401] */
  readonly challengedBy?: readonly number[];
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
