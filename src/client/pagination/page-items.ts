import { InvalidRequestError } from "../../errors/index.ts";
import type { ErrandResponse } from "../response.ts";

/**
 * The items of a page: what `read` gives, else the JSON array itself, or the only array among the JSON object's own properties.
 * An answer without content has none.
 *
 * @throws InvalidRequestError ERR_INVALID_OPTION when the items cannot be told, with the names there are; DecodeError when it is not JSON
 */
export function pageItems<T>(response: ErrandResponse, read: ((response: ErrandResponse) => readonly T[]) | undefined): readonly T[] {
  const found: unknown = read === undefined ? onlyArray(response) : read(response);
  if (Array.isArray(found)) return found;
  throw unreadable(
    response,
    `items gave ${kindOf(found)} instead of an array`,
    "Return the page's items: items: (page) => page.json<Page>().users.",
  );
}

function onlyArray(response: ErrandResponse): readonly unknown[] {
  if (response.status === 204) return [];
  const body = response.json();
  if (Array.isArray(body)) return body;
  if (typeof body !== "object" || body === null) throw unreadable(response, `the page is ${kindOf(body)}, not an array`, hint);
  const arrays = Object.entries(body).filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]));
  const [only] = arrays;
  if (only !== undefined && arrays.length === 1) return only[1];
  const problem =
    arrays.length === 0
      ? "the page has no array"
      : `the page has several arrays: ${arrays.map(([name]) => JSON.stringify(name.slice(0, 40))).join(", ")}`;
  throw unreadable(response, problem, hint);
}

const hint = "Say where the items are: items: (page) => page.json<Page>().users.";

function unreadable(response: ErrandResponse, problem: string, remedy: string): InvalidRequestError {
  const { method, url } = response.request;
  return new InvalidRequestError({
    code: "ERR_INVALID_OPTION",
    message: `${method} ${url}: ${problem}`,
    hint: remedy,
    request: response.request,
    attempts: response.attempts,
    timings: response.timings,
  });
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  return Array.isArray(value) ? "an array" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}
