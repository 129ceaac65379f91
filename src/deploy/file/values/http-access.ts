import { isCredentialHeader } from "../../../secrets/index.ts";
import { mapOf } from "../shape/collections.ts";
import { exactlyOne } from "../shape/exactly-one.ts";
import { object, optional, required, withDefault } from "../shape/object.ts";
import { text } from "../shape/scalars.ts";
import type { Shape } from "../shape/shape.ts";
import { duration } from "./duration.ts";
import { secretReference, type SecretReference } from "./secret-reference.ts";
import { webAddress } from "./web-address.ts";

/** How a check signs its request. */
export interface AuthSpec {
  readonly bearer: SecretReference | undefined;
  readonly basic: { readonly user: string; readonly password: SecretReference } | undefined;
}

/** How a check reaches its server. */
export interface HttpAccess {
  readonly url: string;
  readonly auth: AuthSpec | undefined;
  readonly headers: Readonly<Record<string, string | SecretReference>>;
  readonly tls: { readonly ca: string } | undefined;
  /** For the whole check, retries included. */
  readonly timeoutMs: number;
}

const auth: Shape<AuthSpec> = exactlyOne(
  object(
    {
      bearer: optional(secretReference, "A token for Authorization: Bearer."),
      basic: optional(
        object({
          user: required(text({ takes: "a user name" }), "The user name; it is no secret."),
          password: required(secretReference, "The password."),
        }),
        "User and password for Authorization: Basic.",
      ),
    },
    "{ bearer: { secret: env:NAME } } or { basic: { user: NAME, password: { secret: env:NAME } } }",
  ),
  ["bearer", "basic"],
);

const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const plainHeader = text({ takes: "a header's value, or { secret: env:NAME }", pattern: /^[\t\u0020-\u007e\u00a0-\u00ff]+$/ });

function headerValue(name: string): Shape<string | SecretReference> {
  return {
    takes: plainHeader.takes,
    schema: { anyOf: [plainHeader.schema, secretReference.schema] },
    read: (node, place) =>
      node.kind === "map" || isCredentialHeader(name) ? secretReference.read(node, place) : plainHeader.read(node, place),
  };
}

const headers: Shape<HttpAccess["headers"]> = mapOf(headerValue, {
  takes: "a map of header names and values",
  refuseKey: (name) => (headerName.test(name) ? undefined : "is not a header's name (RFC 9110 5.6.2)"),
});

/** The fields that every check over HTTP takes. */
export const httpAccessFields = {
  url: required(webAddress, "Where to ask; without credentials."),
  auth: optional(auth, "How the request is signed."),
  headers: withDefault(headers, "Further headers; a credential is a reference.", { value: {} }),
  tls: optional(
    object({
      ca: required(text({ takes: "the path of a PEM file" }), "A PEM file of authorities to trust as well; relative to this file."),
    }),
    "Certificates of a private authority.",
  ),
  timeout: withDefault(duration({ minMs: 100 }), "For the whole check, retries included.", { value: 10_000, written: "10s" }),
};
