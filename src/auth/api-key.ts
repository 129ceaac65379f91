import { InvalidRequestError } from "../errors/index.ts";
import type { Secret } from "../secrets/index.ts";
import type { Auth } from "./auth.ts";
import { asSecret, HeaderAuth } from "./header-auth.ts";

/**
 * A key in a header of its own.
 *
 * @example apiKey("X-Api-Key", secret("env:API_KEY"))
 * @throws InvalidRequestError `ERR_INVALID_HEADER` when the name is not a token (RFC 9110 5.1), `ERR_INVALID_OPTION` without a key.
 */
export function apiKey(header: string, key: string | Secret): Auth {
  const name: unknown = header;
  if (typeof name !== "string" || !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) {
    throw new InvalidRequestError({
      code: "ERR_INVALID_HEADER",
      // The name is not quoted: whoever swaps the two arguments passes the key here.
      message: "apiKey() takes the header's name first, then the key; the first argument is not a header name.",
      hint: 'For example apiKey("X-Api-Key", secret("env:API_KEY")).',
    });
  }
  return new HeaderAuth("apiKey", name, asSecret(key, { maker: "apiKey()", label: "key" }));
}
