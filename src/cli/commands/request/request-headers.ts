import type { CookieJar } from "../../../cookies/index.ts";
import type { MiddlewareRequest } from "../../../client/index.ts";
import { redactHeaders, redactText } from "../../../secrets/index.ts";
import type { RequestPlan } from "./plan.ts";

/**
 * The headers of a request that is about to be sent, for people: credentials are hidden, and what signs the request stands as its kind
 * (`authorization: [bearer]`), for it is not signed yet.
 */
export function requestHeaders(request: MiddlewareRequest, plan: RequestPlan, jar?: CookieJar): readonly (readonly [string, string])[] {
  const { auth } = plan.options;
  const lines: [string, string][] = headerNames(plan).flatMap((name) =>
    valuesOf(name, request, plan).map((value): [string, string] => [name, value]),
  );
  const shown = redactHeaders(lines.map(([name, value]): [string, string] => [name, redactText(value)]));
  if (auth !== undefined && auth !== null && request.hop === 0) shown.push(["authorization", `[${auth.scheme}]`]);
  const cookie = jar?.header(request.url);
  if (cookie !== undefined) shown.push(...redactHeaders([["cookie", cookie]]));
  return shown;
}

/** A header that was typed several times is sent as several lines, as long as the request is the one that was typed. */
function valuesOf(name: string, request: MiddlewareRequest, { options, url }: RequestPlan): readonly string[] {
  const value = request.header(name);
  if (value === undefined) return name === "host" ? [new URL(request.url.href || url).host] : [];
  const typed = Object.entries(options.headers ?? {}).find(([known]) => known.toLowerCase() === name)?.[1];
  return Array.isArray(typed) && typed[0] === value ? typed.map(String) : [value];
}

/** What is typed, and what errand adds by itself. */
function headerNames({ options }: RequestPlan): readonly string[] {
  const own = ["host", "user-agent", "accept", "accept-encoding", "content-type", "content-encoding", "content-length"];
  const names = [...own, ...Object.keys(options.headers ?? {})].map((name) => name.toLowerCase());
  return [...new Set(names)].filter((name) => name !== "authorization" || options.auth === undefined);
}
