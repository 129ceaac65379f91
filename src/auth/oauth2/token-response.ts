import type { AuthFetchResponse } from "../auth.ts";
import { tokenError } from "./token-error.ts";

/** An access token as it was granted (RFC 6749 5.1). */
export interface GrantedToken {
  readonly accessToken: string;
  /** Undefined where the server does not say: good until it is refused. */
  readonly lifetimeMs: number | undefined;
}

/**
 * Reads what a token endpoint answered.
 *
 * @throws RequestError for an error, for what is no token response, and for a token that is not to be sent as Bearer
 */
export async function readTokenResponse(tokenUrl: string, response: AuthFetchResponse): Promise<GrantedToken> {
  const fields = parseObject(await response.text());
  const word = textOf(fields?.["error"]);
  if (word !== undefined || response.status < 200 || response.status > 299) {
    const description = textOf(fields?.["error_description"]);
    const detail = [word, description]
      .filter((part) => part !== undefined)
      .map(printable)
      .join(": ");
    throw tokenError(tokenUrl, { problem: `the server answered ${response.status}${detail === "" ? "" : ` ${detail}`}`, word });
  }
  if (fields === undefined) {
    const type = printable(response.header("content-type") ?? "no content type");
    throw tokenError(tokenUrl, { problem: `the server answered ${response.status} with ${type}, which is not a JSON object` });
  }
  const accessToken = textOf(fields["access_token"]);
  if (accessToken === undefined) throw tokenError(tokenUrl, { problem: `the server answered ${response.status} without an access_token` });
  const type = textOf(fields["token_type"]);
  // RFC 6749 7.1: a token of a type that is not understood must not be used. Some servers leave the type out.
  if (type !== undefined && type.toLowerCase() !== "bearer") {
    throw tokenError(tokenUrl, { problem: `its token is of type ${printable(type)}, and errand sends Bearer tokens` });
  }
  return { accessToken, lifetimeMs: lifetimeOf(fields["expires_in"]) };
}

/** Seconds, which some servers send as text. */
function lifetimeOf(value: unknown): number | undefined {
  const seconds = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return typeof seconds === "number" && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

/** Undefined for what is not JSON: the parser's own error quotes the text, which may be a token. */
function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return Object.assign(Object.create(null), value) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A server's words in a message: one line, and not too long. */
function printable(text: string): string {
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim();
  return line.length > 200 ? `${line.slice(0, 200)}...` : line;
}
