import { readBody } from "../server.ts";
import type { StandInExchange } from "../stand-in.ts";
import type { Fields } from "./content.ts";

/** A call of the Web API, its arguments read. */
export interface ApiCall {
  readonly method: string;
  readonly fields: Fields;
  readonly token: string | undefined;
  /** `missing_charset`, which Slack warns of in JSON and in forms. */
  readonly warnings: readonly string[];
}

/** Reads the arguments from JSON, a form or the query; an error word when they cannot be read. */
export async function readApiCall({ request, method, path, query }: StandInExchange): Promise<ApiCall | string> {
  const body = (await readBody(request)).toString("utf8");
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  const apiMethod = path.slice("/api/".length);
  if (method === "GET") return { method: apiMethod, fields: Object.fromEntries(query), token: bearer, warnings: [] };
  const contentType = (request.headers["content-type"] ?? "").toLowerCase();
  const type = contentType.split(";")[0]?.trim();
  const warnings = contentType.includes("charset=") ? [] : ["missing_charset"];
  switch (type) {
    case "application/json": {
      const fields = jsonFields(body);
      // A token inside JSON does not count: Slack wants the header there.
      return typeof fields === "string" ? fields : { method: apiMethod, fields, token: bearer, warnings };
    }
    case "application/x-www-form-urlencoded": {
      const fields = Object.fromEntries(new URLSearchParams(body));
      return { method: apiMethod, fields, token: bearer ?? fields["token"], warnings };
    }
    case "":
      return body === "" ? { method: apiMethod, fields: {}, token: bearer, warnings: [] } : "missing_post_type";
    default:
      return "invalid_post_type";
  }
}

function jsonFields(body: string): Fields | "invalid_json" | "json_not_object" {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return "invalid_json";
  }
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : "json_not_object";
}

/** A text argument; numbers are taken for text, as in forms everything is. */
export function textField(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** `true`, `1` and `"true"`. */
export function flagField(fields: Fields, name: string): boolean {
  const value = fields[name];
  return value === true || value === 1 || value === "true" || value === "1";
}
