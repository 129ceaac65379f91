import { invalidOption } from "../defaults.ts";
import type { RequestOptions } from "../options.ts";
import { ownOptions, requestOptionNames } from "../own-options.ts";
import type { ErrandResponse } from "../response.ts";

/** Where the number of a page goes, and how large pages are. */
export interface PageNumbering {
  /** The parameter that holds the number. @default "page" */
  readonly param?: string;
  /** The first page's number. @default 1 */
  readonly start?: number;
  /** Items a full page has: one with fewer is the last. @default the last page is the first empty one */
  readonly size?: number;
  /** The parameter that asks for `size` items, such as `"per_page"`. @default none is sent */
  readonly sizeParam?: string;
}

/** A cursor that the API gives with each page; `undefined`, `null` and `""` mean that there is none. */
export type Cursor = string | number | bigint | null | undefined;

/**
 * How a list that comes in pages is read. Without `cursor`, `page` or `next` the Link header's `rel="next"` leads on (RFC 8288).
 * The other options are those of each page's call: `deadline` and `retry` too count per page.
 */
export interface PaginateOptions<T> extends Omit<RequestOptions, "stream" | "fallback"> {
  /** The items of a page. @default the JSON array itself, or the only array among the JSON object's properties */
  readonly items?: (response: ErrandResponse) => readonly T[];
  /** The next page's cursor, out of this page. @example cursor: (page) => page.json<{ meta: { next?: string } }>().meta.next */
  readonly cursor?: (page: ErrandResponse) => Cursor;
  /** The parameter that sends the cursor. @default "cursor" */
  readonly param?: string;
  /** Numbered pages, until an empty or short one or until `X-Total-Count` items were seen. `true` for the defaults. */
  readonly page?: PageNumbering | true;
  /**
   * What to ask for after this page: a URL that the API gave (it must stay on the origin, as every link of a server), or options that are laid
   * over the call's; `undefined` ends.
   */
  readonly next?: (response: ErrandResponse) => string | URL | RequestOptions | null | undefined;
  /** Pages at most; the rest is not asked for. @default no limit */
  readonly maxPages?: number;
  /** Items at most. @default no limit */
  readonly maxItems?: number;
}

/** {@link PaginateOptions}, checked; `request` is what every page's call gets. */
export interface Pagination<T> extends Pick<PaginateOptions<T>, "items" | "cursor" | "param" | "next"> {
  readonly page: PageNumbering | undefined;
  readonly maxPages: number;
  readonly maxItems: number;
  readonly request: RequestOptions;
}

const ownNames = ["items", "cursor", "param", "page", "next", "maxPages", "maxItems"];
const paginateOptionNames: ReadonlySet<string> = new Set(
  [...requestOptionNames].filter((name) => name !== "stream" && name !== "fallback").concat(ownNames),
);
const numberingNames: ReadonlySet<string> = new Set(["param", "start", "size", "sizeParam"]);

/** @throws InvalidRequestError ERR_INVALID_OPTION that names the option */
export function resolvePagination<T>(options: PaginateOptions<T>): Pagination<T> {
  const { items, cursor, param, page, next, maxPages, maxItems, ...request } = ownOptions(options, paginateOptionNames, "paginate()");
  const ways = Object.entries({ cursor, page, next }).filter(([, way]) => way !== undefined);
  if (ways.length > 1)
    throw invalidOption(
      ways.map(([name]) => name).join(" and "),
      "cannot be given together",
      "Each is a way to find the next page; keep one.",
    );
  for (const [name, value] of Object.entries({ items, cursor, next })) {
    if (value !== undefined && typeof value !== "function") throw invalidOption(name, "takes a function of the response");
  }
  if (param !== undefined && cursor === undefined)
    throw invalidOption("param", "goes with cursor", 'Numbered pages: page: { param: "page" }.');
  checkName(param, "param");
  return {
    items,
    cursor,
    param,
    next,
    page: page === undefined ? undefined : checkNumbering(page),
    maxPages: limit(maxPages, "maxPages"),
    maxItems: limit(maxItems, "maxItems"),
    request,
  };
}

function checkNumbering(page: PageNumbering | true): PageNumbering {
  if (page === true) return {};
  const { param, start, size, sizeParam } = ownOptions(page, numberingNames, "paginate()'s page");
  checkName(param, "page.param");
  checkName(sizeParam, "page.sizeParam");
  if (start !== undefined && !(Number.isSafeInteger(start) && start >= 0)) throw invalidOption("page.start", "takes a whole number");
  if (size !== undefined && !(Number.isSafeInteger(size) && size > 0)) throw invalidOption("page.size", "takes a whole number above 0");
  if (sizeParam !== undefined && size === undefined)
    throw invalidOption("page.sizeParam", "needs page.size", "size is what the parameter says.");
  return { param, start, size, sizeParam };
}

function checkName(name: unknown, option: string): void {
  if (name !== undefined && (typeof name !== "string" || name === "")) throw invalidOption(option, "takes the name of a query parameter");
}

function limit(value: number | undefined, option: string): number {
  if (value === undefined || value === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  if (!Number.isSafeInteger(value) || value < 1) throw invalidOption(option, "takes a whole number above 0");
  return value;
}
