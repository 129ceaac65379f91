import type { Impersonation } from "../kubeconfig/kubeconfig.ts";
import { InvalidRequestError } from "../../../errors/index.ts";

/**
 * The headers that make the API server act as somebody else.
 *
 * @throws InvalidRequestError (ERR_INVALID_OPTION) without a user: the server refuses groups, uid and extra alone.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
 */
export function impersonationHeaders(as: Impersonation | undefined): Readonly<Record<string, string | readonly string[]>> {
  if (as === undefined) return {};
  if (typeof as.user !== "string" || as.user === "") {
    throw new InvalidRequestError({ code: "ERR_INVALID_OPTION", message: "kubernetes: impersonate needs a user" });
  }
  const extra = Object.entries(as.extra ?? {}).map(([key, values]) => [`impersonate-extra-${encodeKey(key)}`, values] as const);
  return {
    "impersonate-user": as.user,
    ...(as.uid === undefined ? {} : { "impersonate-uid": as.uid }),
    ...(as.groups === undefined || as.groups.length === 0 ? {} : { "impersonate-group": as.groups }),
    ...Object.fromEntries(extra.filter(([, values]) => values.length > 0)),
  };
}

/** Keys are case-insensitive there, and what cannot stand in a header's name is percent-encoded. */
function encodeKey(key: string): string {
  const bytes = [...Buffer.from(key.toLowerCase(), "utf8")];
  return bytes
    .map((byte) =>
      /[a-z0-9!#$&'*+.^_`|~-]/.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`,
    )
    .join("");
}
