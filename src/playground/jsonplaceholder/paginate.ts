import type { Row } from "./generate.ts";

/** A part of a list, and the headers that describe it. */
export interface Slice {
  readonly rows: readonly Row[];
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Cuts as json-server 0.17 does: `_page` with `_limit` (default 10) gives a Link header; `_start` with `_end` or `_limit` cuts freely.
 * Each of `_page`, `_end` and `_limit` gives X-Total-Count.
 */
export function sliceRows(rows: readonly Row[], query: URLSearchParams, url: string): Slice {
  const [page, end, limit] = [query.get("_page"), query.get("_end"), query.get("_limit")];
  if (!page && !end && !limit) return { rows, headers: {} };
  const headers = { "x-total-count": String(rows.length), "access-control-expose-headers": `X-Total-Count${page ? ", Link" : ""}` };
  if (page) {
    const number = Math.max(integer(page, 1), 1);
    const size = limit ? integer(limit, 10) : 10;
    const shown = rows.slice((number - 1) * size, number * size);
    const link = shown.length === 0 || shown.length === rows.length ? "" : linkHeader(url, number, Math.ceil(rows.length / size));
    return { rows: shown, headers: link === "" ? headers : { ...headers, link } };
  }
  const start = integer(query.get("_start"), 0);
  return { rows: rows.slice(start, end ? integer(end, 0) : start + integer(limit, 0)), headers };
}

function linkHeader(url: string, page: number, last: number): string {
  const links: [rel: string, page: number][] = [["first", 1]];
  if (page > 1) links.push(["prev", page - 1]);
  if (page < last) links.push(["next", page + 1]);
  links.push(["last", last]);
  return links.map(([rel, number]) => `<${withPage(url, number)}>; rel="${rel}"`).join(", ");
}

/** The other parameters stay as the client wrote them. */
function withPage(url: string, page: number): string {
  return url.replace(/([?&]_page=)[^&]*/, `$1${page}`);
}

function integer(text: string | null, fallback: number): number {
  const value = Number.parseInt(text ?? "", 10);
  return Number.isNaN(value) ? fallback : value;
}
