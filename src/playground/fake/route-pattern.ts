import type { Target } from "../target.ts";

/** What a route such as `GET /users/:id?page=2` accepts. */
export interface RoutePattern {
  /** Upper case, or `*`. */
  readonly method: string;
  /** Still percent-encoded, as clients send it. */
  readonly path: string;
  /** Every pair must be present in the request; others may be, too. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** The normal form, for messages and comparisons. */
  readonly text: string;
}

/** Path parameters by name, percent-decoded. */
export type RouteParams = Readonly<Record<string, string>>;

/**
 * Reads `[METHOD ]PATH[?QUERY]`; without a method, or with `*`, any method is meant.
 * @throws TypeError when the text is not of that form.
 */
export function parseRoutePattern(text: string): RoutePattern {
  const match = /^(?:([A-Za-z-]+|\*)[ ]+)?([/*][^\s?#]*)(\?[^\s#]*)?$/.exec(text.trim());
  const path = match?.[2];
  if (match === null || path === undefined || (path.startsWith("*") && path !== "*")) {
    throw new TypeError(
      `route ${JSON.stringify(text)} is not of the form "[METHOD ]/path[?query]". Try: "GET /users/:id", "* /files/*" or "*"`,
    );
  }
  const method = (match[1] ?? "*").toUpperCase();
  const query = [...new URLSearchParams(match[3] ?? "")];
  return { method, path, query, text: `${method} ${path}${match[3] ?? ""}` };
}

/** The path parameters when the request matches, otherwise undefined. */
export function matchRoute(pattern: RoutePattern, method: string, target: Target): RouteParams | undefined {
  if (pattern.method !== "*" && pattern.method !== method) return undefined;
  for (const [name, value] of pattern.query) {
    const given = target.query.getAll(name);
    if (value === "*" ? given.length === 0 : !given.includes(value)) return undefined;
  }
  return matchPath(pattern.path, target.path);
}

/** `:name` takes one segment; `*` takes one segment too, or at the end everything that is left (which may be nothing). */
function matchPath(pattern: string, path: string): RouteParams | undefined {
  if (pattern === "*") return {};
  const wanted = pattern.split("/");
  const given = path.split("/");
  const isOpen = wanted.at(-1) === "*";
  if (isOpen ? given.length < wanted.length - 1 : given.length !== wanted.length) return undefined;
  const params: [string, string][] = [];
  for (const [index, segment] of wanted.entries()) {
    const value = given[index];
    if (isOpen && index === wanted.length - 1) break;
    if (value === undefined) return undefined;
    if (segment.startsWith(":") && segment.length > 1) {
      if (value === "") return undefined;
      params.push([segment.slice(1), decodeSegment(value)]);
    } else if (segment !== "*" && segment !== value) return undefined;
  }
  return Object.fromEntries(params);
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // A stray "%" is legal on the wire; the test still wants to see what came.
  }
}
