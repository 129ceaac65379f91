import { inspect } from "node:util";
import { InvalidRequestError } from "../../errors/index.ts";
import { redactUrl } from "../../secrets/index.ts";
import { invalidOption } from "../defaults.ts";
import type { Params, RequestOptions } from "../options.ts";
import { plainRecord } from "../plain-record.ts";
import type { ErrandResponse } from "../response.ts";
import type { PageNumbering, Pagination } from "./paginate-options.ts";
import { asServerLink, requestedUrl, resolveServerLink } from "./server-link.ts";

/** One page's call. */
export interface PageCall {
  readonly url: string | URL;
  readonly options: RequestOptions;
  /** What makes two pages the same; undefined for the first, which is known by its URL. */
  readonly key: string | undefined;
  /** The page in a message. */
  readonly shown?: string;
}

/** A page that has been read, and how many items there were up to its end. */
export interface ReadPage {
  readonly response: ErrandResponse;
  readonly itemCount: number;
  readonly seenCount: number;
  /** 1 for the first. */
  readonly number: number;
}

/** Finds the next page's call; undefined when this was the last. */
export interface Pager {
  readonly first: PageCall;
  next(page: ReadPage): PageCall | undefined;
}

/** The way from page to page that the options name: a cursor, numbers, a function, or the Link header. */
export function pagerFor<T>(target: string | URL, pagination: Pagination<T>): Pager {
  const { cursor, param = "cursor", page, next, request } = pagination;
  const first = { url: target, options: request, key: undefined };
  if (page !== undefined) return numberPager(target, page, request);
  if (cursor !== undefined) return { first, next: ({ response }) => cursorCall(first, param, cursor(response)) };
  if (next !== undefined) return { first, next: ({ response }) => functionCall(first, response, next(response)) };
  return { first, next: ({ response }) => linkCall(request, response, response.links["next"]?.url) };
}

function linkCall(request: RequestOptions, response: ErrandResponse, link: string | URL | undefined): PageCall | undefined {
  if (link === undefined) return undefined;
  const url = resolveServerLink(response, link);
  return { url, options: asServerLink(request), key: url.href, shown: redactUrl(url) };
}

/** The first page as a link would name it, and as it is named after redirects. */
export function firstKeys(response: ErrandResponse): string[] {
  return [requestedUrl(response), new URL(response.url)].map((url) => {
    url.hash = "";
    return url.href;
  });
}

function cursorCall({ url, options }: PageCall, param: string, cursor: unknown): PageCall | undefined {
  if (cursor === undefined || cursor === null || cursor === "") return undefined;
  if (typeof cursor !== "string" && typeof cursor !== "number" && typeof cursor !== "bigint") {
    throw invalidOption("cursor", `gave a value of type ${typeof cursor}`, "Return the cursor itself, a text or a number; undefined ends.");
  }
  const key = `${param}=${cursor}`;
  return {
    url,
    options: { ...options, params: withParam(options.params, { [param]: cursor }) },
    key,
    shown: redactUrl(`?${key.slice(0, 200)}`),
  };
}

function functionCall({ url, options }: PageCall, response: ErrandResponse, next: unknown): PageCall | undefined {
  if (next === undefined || next === null) return undefined;
  if (typeof next === "string" || next instanceof URL) return linkCall(options, response, next);
  if (typeof next !== "object")
    throw invalidOption("next", `gave a value of type ${typeof next}`, "Return a URL or options; undefined ends.");
  const key = inspect(next, { depth: 20, maxArrayLength: null, maxStringLength: null, sorted: true });
  return { url, options: { ...options, ...next }, key, shown: "with the options that next gave" };
}

function numberPager(url: string | URL, numbering: PageNumbering, request: RequestOptions): Pager {
  const { param = "page", start = 1, size, sizeParam } = numbering;
  const call = (index: number): PageCall => {
    const numbers = { [param]: start + index, ...(sizeParam === undefined ? {} : { [sizeParam]: size }) };
    return {
      url,
      options: { ...request, params: withParam(request.params, numbers) },
      key: index === 0 ? undefined : `${param}=${start + index}`,
    };
  };
  let before: Buffer | undefined;
  return {
    first: call(0),
    next({ response, itemCount, seenCount, number }) {
      if (itemCount === 0 || (size !== undefined && itemCount < size)) return undefined;
      const total = totalCount(response);
      if (total !== undefined && seenCount >= total) return undefined;
      // A server that does not know the parameter gives its first page for ever.
      const bytes = Buffer.from(response.bytes());
      if (before?.equals(bytes) === true) throw samePage(response, param);
      before = bytes;
      return call(number);
    },
  };
}

/** `X-Total-Count`, as json-server, GitLab and many others send it. */
function totalCount(response: ErrandResponse): number | undefined {
  const text = response.header("x-total-count");
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function samePage(response: ErrandResponse, param: string): InvalidRequestError {
  const { method, url } = response.request;
  return new InvalidRequestError({
    code: "ERR_INVALID_OPTION",
    message: `${method} ${url}: this page is the same as the one before it`,
    hint: `Does the API count its pages by the parameter ${JSON.stringify(param)}? page: { param } names another one.`,
    request: response.request,
    attempts: response.attempts,
    timings: response.timings,
  });
}

function withParam(params: Params | undefined, added: Readonly<Record<string, string | number | bigint | undefined>>): Params {
  if (!(params instanceof URLSearchParams)) return { ...(params === undefined ? {} : plainRecord(params, "params")), ...added };
  const copy = new URLSearchParams(params);
  for (const [name, value] of Object.entries(added)) copy.set(name, String(value));
  return copy;
}
