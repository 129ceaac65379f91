import { InvalidRequestError } from "../errors/index.ts";
import { derivedSecret, type Secret } from "../secrets/index.ts";
import type { Auth } from "./auth.ts";
import { asSecret, HeaderAuth } from "./header-auth.ts";

/** RFC 6750 2.1 (token68), and the "|" and ":" and inner "=" that Laravel Sanctum, Rails and others put into theirs. */
const TOKEN = /^[A-Za-z0-9\-._~+/|:=]+$/;

/**
 * A bearer token (RFC 6750).
 *
 * @example bearer(secret("env:API_TOKEN"))
 * @throws InvalidRequestError `ERR_INVALID_OPTION` without a token; `ERR_INVALID_HEADER` when the token is opened and cannot
 * be one. Messages name the kind of mistake, never the token.
 */
export function bearer(token: string | Secret): Auth {
  const base = asSecret(token, { maker: "bearer()", label: "token" });
  const header = derivedSecret(base, (value) => `Bearer ${checkToken(value, base.reference)}`, `Bearer ${base.reference}`);
  return new HeaderAuth("bearer", "Authorization", header);
}

function checkToken(value: string, reference: string): string {
  if (TOKEN.test(value)) return value;
  const { problem, remedy } = diagnose(value);
  throw new InvalidRequestError({
    code: "ERR_INVALID_HEADER",
    message: `The bearer token for the Authorization header (${reference}) ${problem}.`,
    hint: remedy,
  });
}

function diagnose(value: string): { readonly problem: string; readonly remedy: string } {
  if (/^bearer\s/i.test(value)) return { problem: 'begins with the word "Bearer"', remedy: "Give the token alone; errand adds the word." };
  if (/[\r\n]$/.test(value))
    return { problem: "ends in a line break", remedy: 'Remove it, or read the token with secret("file:..."), which trims.' };
  if (/^\s|\s$/.test(value)) return { problem: "begins or ends with whitespace", remedy: "Remove it where the token is set." };
  if (/^(["']).*\1$/s.test(value))
    return { problem: "has quotes around it", remedy: "Remove them: env files and YAML read by other tools keep quotes." };
  if (/^\$|\$\{|\{\{/.test(value))
    return {
      problem: "looks like a placeholder that was not filled in",
      remedy: "Check the template or the shell quoting that should have put the token there.",
    };
  if (/[^\u0020-\u007e]/.test(value))
    return { problem: "contains characters outside printable ASCII", remedy: "Copy the token again, or check the file's encoding." };
  return {
    problem: "contains a character that no token has (RFC 6750 2.1)",
    remedy: "Check that it is the token itself, not JSON or a header around it.",
  };
}
