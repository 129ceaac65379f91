import { InvalidRequestError } from "../errors/index.ts";
import { derivedSecret, isSecret, literalSecret, type Secret } from "../secrets/index.ts";
import type { Auth } from "./auth.ts";
import { asSecret, HeaderAuth } from "./header-auth.ts";

/** RFC 7617 2: neither part may contain control characters. */
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * User and password (RFC 7617), in UTF-8.
 *
 * An empty password is sent as such: some services take a token as the user name.
 * @example basic("deploy", secret("env:PASSWORD"))
 * @throws InvalidRequestError `ERR_INVALID_OPTION` for a user name with a colon or control character; for a password with
 * one `ERR_INVALID_HEADER`, when it is opened.
 */
export function basic(user: string, password: string | Secret): Auth {
  checkUser(user);
  const hasNoPassword = !isSecret(password) && password === "";
  // Without a password the user name is the credential.
  const base = hasNoPassword ? literalSecret(`${user}:`, "user name") : asSecret(password, { maker: "basic()", label: "password" });
  const userId = hasNoPassword ? "" : `${user}:`;
  const encoded = derivedSecret(base, (value) => encode(userId, value, base.reference), `${base.reference} in base64`);
  const header = derivedSecret(encoded, (value) => `Basic ${value}`, `Basic ${base.reference}`);
  return hasNoPassword ? new BasicAuth(header, base, undefined) : new BasicAuth(header, user, base);
}

class BasicAuth extends HeaderAuth {
  readonly #user: string | Secret;
  readonly #password: Secret | undefined;

  constructor(header: Secret, user: string | Secret, password: Secret | undefined) {
    super("basic", "Authorization", header);
    this.#user = user;
    this.#password = password;
  }

  /** A Secret where it is the credential itself. */
  get user(): string | Secret {
    return this.#user;
  }

  get password(): Secret | undefined {
    return this.#password;
  }
}

function checkUser(user: unknown): asserts user is string {
  const problem =
    typeof user !== "string"
      ? `is ${user === null ? "null" : typeof user}, not a string`
      : user.includes(":")
        ? "contains a colon, which would end it (RFC 7617 2)"
        : CONTROL_CHARACTER.test(user)
          ? "contains a control character, such as a line break"
          : undefined;
  if (problem === undefined) return;
  throw new InvalidRequestError({
    code: "ERR_INVALID_OPTION",
    message: `The user name given to basic() ${problem}.`,
    hint: 'For example basic("deploy", secret("env:PASSWORD")).',
  });
}

function encode(userId: string, password: string, reference: string): string {
  if (CONTROL_CHARACTER.test(password)) {
    throw new InvalidRequestError({
      code: "ERR_INVALID_HEADER",
      message: `The password for the Authorization header (${reference}) contains a control character${/[\r\n]$/.test(password) ? ": it ends in a line break" : ""}.`,
      hint: 'Remove it, or read the password with secret("file:..."), which trims.',
    });
  }
  return Buffer.from(userId + password, "utf8").toString("base64");
}
