import { RedirectRefusedError } from "../../errors/index.ts";
import type { RequestOptions } from "../options.ts";
import type { ErrandResponse } from "../response.ts";
import { firstKeys, pagerFor, type PageCall } from "./next-page.ts";
import { pageItems } from "./page-items.ts";
import { resolvePagination, type PaginateOptions, type Pagination } from "./paginate-options.ts";

/** Makes the call for one page: a session's GET. */
export type PageRequest = (url: string | URL, options: RequestOptions) => Promise<ErrandResponse>;

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly response: ErrandResponse;
  /** 1 for the first. */
  readonly number: number;
}

/** The items of a list that comes in pages. A page is asked for when the one before it is used up; each loop starts at the first. */
export interface Paginated<T> extends AsyncIterable<T> {
  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined>;
  /** Page by page, with the responses. */
  pages(): AsyncGenerator<Page<T>, void, undefined>;
  /** All items at once; every page is asked for first. */
  toArray(): Promise<T[]>;
}

/**
 * Reads a list that comes in pages, each page called and retried as every call of the session.
 *
 * @example for await (const user of paginate<User>(get, "/users")) console.log(user.name);
 * @throws InvalidRequestError for wrong options, at once. While iterating: HTTPError for a page of 400 and above; RedirectRefusedError for a
 * next link that leaves the origin, or leads back to a page that was read
 */
export function paginate<T = unknown>(request: PageRequest, url: string | URL, options: PaginateOptions<T> = {}): Paginated<T> {
  const pagination = resolvePagination(options);
  const pages = (): AsyncGenerator<Page<T>, void, undefined> => readPages(request, url, pagination);
  return {
    [Symbol.asyncIterator]: () => itemsOf(pages()),
    pages,
    async toArray() {
      const all: T[] = [];
      for await (const { items } of pages()) for (const item of items) all.push(item);
      return all;
    },
  };
}

async function* itemsOf<T>(pages: AsyncGenerator<Page<T>, void, undefined>): AsyncGenerator<T, void, undefined> {
  for await (const { items } of pages) yield* items;
}

async function* readPages<T>(request: PageRequest, url: string | URL, pagination: Pagination<T>): AsyncGenerator<Page<T>, void, undefined> {
  const { maxPages, maxItems } = pagination;
  const pager = pagerFor(url, pagination);
  const visited = new Set<string>();
  let call: PageCall | undefined = pager.first;
  let seenCount = 0;
  for (let number = 1; call !== undefined; number += 1) {
    const response: ErrandResponse = (await request(call.url, call.options)).raiseForStatus();
    for (const key of call.key === undefined ? firstKeys(response) : [call.key]) visited.add(key);
    const all = pageItems(response, pagination.items);
    const items = all.length > maxItems - seenCount ? all.slice(0, maxItems - seenCount) : all;
    seenCount += items.length;
    yield { items, response, number };
    if (number >= maxPages || seenCount >= maxItems) return;
    call = pager.next({ response, itemCount: all.length, seenCount, number });
    if (call?.key !== undefined && visited.has(call.key)) throw cycle(response, call);
  }
}

function cycle(response: ErrandResponse, call: PageCall): RedirectRefusedError {
  const { method, url } = response.request;
  return new RedirectRefusedError({
    code: "ERR_PAGINATION",
    message: `${method} ${url}: the pages go in a circle: the next one, ${call.shown}, was read before`,
    hint: "Report it to the API's owner, or stop before it with maxPages.",
    request: response.request,
    attempts: response.attempts,
    timings: response.timings,
  });
}
