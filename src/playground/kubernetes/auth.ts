import type { IncomingHttpHeaders } from "node:http";
import { ADMIN_GROUP, ANONYMOUS } from "./access.ts";
import type { User } from "./http/call.ts";
import { StatusError } from "./status-error.ts";

/** Whom a token stands for. */
export interface TokenOwner {
  readonly user: string;
  readonly groups?: readonly string[];
}

const AUTHENTICATED = "system:authenticated";

export function unauthorized(): StatusError {
  return new StatusError(401, "Unauthorized", { message: "Unauthorized" });
}

export interface AuthenticatorOptions {
  readonly tokens: Readonly<Record<string, TokenOwner>>;
  /** Who everybody is without credentials; undefined: anonymous. */
  readonly everybody: User | undefined;
}

/** Finds out who asks: a client certificate, a bearer token, or nobody. */
export class Authenticator {
  readonly #tokens: Map<string, TokenOwner>;
  readonly #everybody: User | undefined;

  constructor({ tokens, everybody }: AuthenticatorOptions) {
    this.#tokens = new Map(Object.entries(tokens));
    this.#everybody = everybody;
  }

  /** The user of a request; a token that is not known is 401, no credentials at all are anonymous. */
  authenticate(headers: IncomingHttpHeaders, certificateUser: User | undefined): User {
    if (this.#everybody !== undefined) return impersonated(this.#everybody, headers);
    const { authorization } = headers;
    if (certificateUser !== undefined) return impersonated(withAuthenticated(certificateUser), headers);
    if (authorization === undefined) return impersonated(ANONYMOUS, headers);
    const token = /^Bearer +(\S+)\s*$/i.exec(authorization)?.[1];
    const owner = token === undefined ? undefined : this.#tokens.get(token);
    if (owner === undefined) throw unauthorized();
    return impersonated(withAuthenticated({ name: owner.user, groups: owner.groups ?? [] }), headers);
  }

  /** False where everybody is somebody without saying who. */
  get needsCredentials(): boolean {
    return this.#everybody === undefined;
  }

  /** The first token, for kubeconfigs. */
  get firstToken(): string | undefined {
    return this.#tokens.keys().next().value;
  }

  /** The old token stops working and the new one stands for the same user. */
  rotate(old: string, next: string): void {
    const owner = this.#tokens.get(old);
    if (owner === undefined) throw new RangeError(`no such token to rotate: ${old.slice(0, 4)}…`);
    this.#tokens.delete(old);
    this.#tokens.set(next, owner);
  }
}

function withAuthenticated({ name, groups }: User): User {
  return { name, groups: [...new Set([...groups, AUTHENTICATED])] };
}

/** Impersonate-User and -Group: for admins alone. */
function impersonated(user: User, headers: IncomingHttpHeaders): User {
  const wanted = headers["impersonate-user"];
  if (typeof wanted !== "string" || wanted === "") return user;
  if (!user.groups.includes(ADMIN_GROUP)) {
    throw new StatusError(403, "Forbidden", {
      message: `users "${wanted}" is forbidden: User "${user.name}" cannot impersonate resource "users" in API group "" at the cluster scope`,
      details: { name: wanted, kind: "users" },
    });
  }
  const given = headers["impersonate-group"];
  const groups =
    given === undefined
      ? []
      : String(given)
          .split(",")
          .map((group) => group.trim());
  return withAuthenticated({ name: wanted, groups });
}
