import type { BodyOptions } from "../../body/index.ts";
import type { HeaderInput, HeadersInput } from "../../client/index.ts";
import { isCredentialHeader } from "../../secrets/index.ts";
import { filePath, type Io } from "../io.ts";
import { UsageError } from "../usage-error.ts";
import { bodyOf, labelledPath, type BodyMode } from "./body-parts.ts";
import { itemText } from "./item-text.ts";
import { parseItem, type RequestItem } from "./request-item.ts";

/** What the items of a command line say about a request. */
export interface RequestParts {
  readonly headers: HeadersInput;
  /** In the order they were typed; added to the URL's own query. */
  readonly params: URLSearchParams;
  readonly body: BodyOptions;
  /** Of `@file;type=TYPE`. */
  readonly bodyType: string | undefined;
  /** Present when the body comes from stdin. */
  readonly readsStdin: boolean;
  /** Whether items or `--raw` give a body: then the default method is POST. */
  readonly hasBody: boolean;
  /** Headers whose value is a credential that stands on the command line itself. */
  readonly exposed: readonly string[];
}

export interface RequestPartsOptions {
  readonly mode: BodyMode;
  /** `--raw TEXT`. */
  readonly raw: string | undefined;
}

/** Reads the items, and the files they name. @throws UsageError that names the item */
export async function requestParts(words: readonly string[], options: RequestPartsOptions, io: Io): Promise<RequestParts> {
  const items = words.map(parseItem);
  const whole = wholeBody(items, options);
  const labels = whole === undefined ? undefined : labelledPath(whole.path);
  return {
    headers: await headersOf(items, io),
    exposed: items.flatMap((item) => (item.kind === "header" && !item.fromFile && isCredentialHeader(item.name) ? [item.name] : [])),
    params: await paramsOf(items, io),
    bodyType: labels?.type,
    readsStdin: labels?.path === "-",
    hasBody: whole !== undefined || options.raw !== undefined || items.some(isBodyItem),
    body:
      labels === undefined ? await bodyOf(items, options, io) : labels.path === "-" ? {} : { body: { path: filePath(io, labels.path) } },
  };
}

function isBodyItem(item: RequestItem): boolean {
  return item.kind === "field" || item.kind === "json" || item.kind === "file";
}

/** One body only: mixing would mean to drop one of them in silence. */
function wholeBody(items: readonly RequestItem[], { raw }: RequestPartsOptions): { readonly path: string } | undefined {
  const [whole, second] = items.filter((item) => item.kind === "body");
  const field = items.find(isBodyItem);
  if (second !== undefined) throw new UsageError(`two bodies are given, @${whole?.path} and @${second.path}`);
  const given = [
    ...(raw === undefined ? [] : ["--raw"]),
    ...(whole === undefined ? [] : [`@${whole.path}`]),
    ...(field !== undefined && "name" in field ? [`the field ${field.name}`] : []),
  ];
  if (given.length > 1) throw new UsageError(`${given.join(" and ")} cannot be one body`, { hint: "Keep one of them." });
  return whole;
}

async function headersOf(items: readonly RequestItem[], io: Io): Promise<HeadersInput> {
  // Without a prototype: `__proto__` must reach the check of names like any other.
  const headers: Record<string, HeaderInput> = Object.create(null);
  const nameOf = (name: string): string => Object.keys(headers).find((known) => known.toLowerCase() === name.toLowerCase()) ?? name;
  for (const item of items) {
    if (item.kind === "noHeader") headers[nameOf(item.name)] = null;
    else if (item.kind === "emptyHeader") headers[nameOf(item.name)] = "";
    else if (item.kind === "header") {
      const name = nameOf(item.name);
      const before = headers[name];
      const value = await itemText(item, io);
      headers[name] = [...(Array.isArray(before) ? before : []), value];
    }
  }
  return headers;
}

async function paramsOf(items: readonly RequestItem[], io: Io): Promise<URLSearchParams> {
  const params = new URLSearchParams();
  for (const item of items) if (item.kind === "query") params.append(item.name, await itemText(item, io));
  return params;
}
