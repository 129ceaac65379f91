import { mediaType } from "./media-type.ts";
import { parseJson } from "./parse-json.ts";

/** An error in the words of the server (RFC 9457). */
export interface Problem {
  /** A URI that names the kind of problem; `about:blank` when the server gave none. */
  type: string;
  title?: string;
  /** Advisory; the response's own status counts. */
  status?: number;
  detail?: string;
  instance?: string;
  [extension: string]: unknown;
}

/** The problem of an `application/problem+json` body; `undefined` for any other type and for a body that is no JSON object. */
export function parseProblem(contentType: string | undefined, bytes: Uint8Array): Problem | undefined {
  if (mediaType(contentType)?.type !== "application/problem+json") return undefined;
  const members = parseObject(bytes);
  if (members === undefined) return undefined;
  // RFC 9457 3.1: a member of the wrong type is ignored as if it were absent.
  for (const name of ["title", "detail", "instance"]) if (typeof members[name] !== "string") delete members[name];
  if (typeof members.status !== "number" || !Number.isInteger(members.status)) delete members.status;
  return Object.assign(members, { type: typeof members.type === "string" ? members.type : "about:blank" });
}

function parseObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value = parseJson(bytes, {});
    return isRecord(value) ? value : undefined;
  } catch {
    // The problem only adds words to an error that is reported anyway; a broken one must not replace it.
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
