import type { IncomingMessage } from "node:http";
import { readBody } from "../server.ts";
import { RequestProblem } from "../stand-in.ts";

/**
 * The fields of a JSON or urlencoded body; other types count as no fields, as in json-server (Express's body-parser).
 * @throws RequestProblem 400 for malformed JSON or JSON that is neither object nor array, 415 for a charset other than UTF-8.
 */
export async function readFields(request: IncomingMessage): Promise<Record<string, unknown>> {
  const bytes = await readBody(request);
  const contentType = request.headers["content-type"]?.toLowerCase() ?? "";
  const type = contentType.split(";")[0]?.trim();
  if (bytes.length === 0 || (type !== "application/json" && type !== "application/x-www-form-urlencoded")) return {};
  const charset = /;\s*charset="?([^\s;"]+)/.exec(contentType)?.[1] ?? "utf-8";
  if (charset !== "utf-8") throw new RequestProblem(415, `unsupported charset "${charset.toUpperCase()}"`);
  return type === "application/json" ? jsonFields(bytes.toString("utf8")) : formFields(bytes.toString("utf8"));
}

function jsonFields(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new RequestProblem(400, `malformed JSON body: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof value !== "object" || value === null) throw new RequestProblem(400, "the JSON body must be an object or an array");
  return Object.fromEntries(Object.entries(value));
}

function formFields(text: string): Record<string, unknown> {
  const form = new URLSearchParams(text);
  return Object.fromEntries(
    [...new Set(form.keys())].map((name) => {
      const values = form.getAll(name);
      return [name, values.length === 1 ? values[0] : values];
    }),
  );
}
