import { readParameters, skipSpace } from "./parameters.ts";

/** One link of a Link header. */
export interface Link {
  /** As the server wrote it, perhaps relative to the response's URL. */
  readonly url: string;
  /** Lower case; empty when the server gave none. */
  readonly rel: string;
  /** All parameters by lower-case name, `rel` included. */
  readonly params: Readonly<Record<string, string>>;
}

/**
 * The links of a Link header (RFC 8288) by lower-case relation, a link with several relations under each.
 *
 * The first link of a relation counts; a link without one stands under its URL. Links with an `anchor` are about another
 * resource (RFC 8288 3.2) and left out. Malformed links are skipped. The result has no prototype.
 */
export function parseLinkHeader(value: string | readonly string[] | undefined): Readonly<Record<string, Link>> {
  const links: Record<string, Link> = Object.create(null);
  const text = typeof value === "string" ? value : (value ?? []).join(", ");
  let position = 0;
  while (position < text.length) {
    position = skipSpace(text, position);
    if (text[position] !== "<") {
      position = afterComma(text, position);
      continue;
    }
    const close = text.indexOf(">", position);
    if (close === -1) break;
    const url = text.slice(position + 1, close).trim();
    const { params, end } = readParameters(text, close + 1);
    if (!("anchor" in params)) addLink(links, url, params);
    position = afterComma(text, end);
  }
  return links;
}

function afterComma(text: string, position: number): number {
  const comma = text.indexOf(",", position);
  return comma === -1 ? text.length : comma + 1;
}

function addLink(links: Record<string, Link>, url: string, params: Readonly<Record<string, string>>): void {
  const relations = (params.rel ?? "")
    .toLowerCase()
    .split(/\s+/)
    .filter((rel) => rel !== "");
  if (relations.length === 0) links[url] ??= { url, rel: "", params };
  for (const rel of relations) links[rel] ??= { url, rel, params };
}
