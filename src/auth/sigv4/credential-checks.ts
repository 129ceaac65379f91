import { InvalidRequestError } from "../../errors/index.ts";
import type { Secret } from "../../secrets/index.ts";

/** The access key's id stands in the Authorization header, between a "=" and a "/". */
export function checkAccessKeyId(value: unknown): string {
  if (typeof value === "string" && /^[!-~]+$/.test(value) && !/[/,="]/.test(value)) return value;
  throw new InvalidRequestError({
    code: "ERR_INVALID_OPTION",
    message: `accessKeyId of awsSigV4() must be a key id such as "AKIAIOSFODNN7EXAMPLE"; it ${problemOf(value)}.`,
    hint: 'For a value from the environment give secret("env:AWS_ACCESS_KEY_ID").',
  });
}

/** A line break or a quote left in the key gives signatures that AWS calls wrong without saying why. */
export function checkSecretAccessKey(value: string, { reference }: Secret): string {
  if (/^[!-~]+$/.test(value) && !/^(["']).*\1$/.test(value)) return value;
  throw unusable(`The secret access key (${reference}) ${problemOf(value)}`);
}

export function checkSessionToken(value: string, { reference }: Secret): string {
  if (/^[!-~]+$/.test(value)) return value;
  throw unusable(`The session token (${reference}) ${problemOf(value)}`);
}

function problemOf(value: unknown): string {
  if (typeof value !== "string") return `is ${value === null ? "null" : typeof value}`;
  if (value === "") return "is empty";
  if (/[\r\n]$/.test(value)) return "ends in a line break";
  if (/^(["']).*\1$/s.test(value)) return "has quotes around it";
  if (/\s/.test(value)) return "has white space in it";
  return "has a character that none has";
}

function unusable(message: string): InvalidRequestError {
  return new InvalidRequestError({
    code: "ERR_INVALID_HEADER",
    message: `${message}.`,
    hint: 'Remove it where the value is set; secret("file:...") trims.',
  });
}
