import { RedirectRefusedError } from "../../errors/index.ts";
import { isSameOriginOrUpgrade } from "../../redirect/index.ts";
import type { RequestOptions } from "../options.ts";
import type { ErrandResponse } from "../response.ts";

/** A symbol is no option's name, and copies of the options keep it. */
const serverLink: unique symbol = Symbol("errand.server-link");

/**
 * Options for a call to a URL that the server gave: absolute, and with its query complete, so that neither the call's params nor the
 * session's are added a second time.
 */
export function asServerLink(options: RequestOptions): RequestOptions {
  const link = { ...options, params: undefined, allowAbsolute: true, [serverLink]: true };
  return link;
}

/** True for options that {@link asServerLink} made, and for copies of them. */
export function isServerLink(options: RequestOptions | undefined): boolean {
  return options !== undefined && serverLink in options;
}

/**
 * Where a server's link to the next page leads, resolved against the page that gave it. It may leave the base's prefix, never the origin:
 * the call's credentials go there.
 *
 * @throws RedirectRefusedError for a link that is no URL, or leads to another origin or from https to http
 */
export function resolveServerLink(response: ErrandResponse, link: string | URL): URL {
  const text = typeof link === "string" ? link : link.href;
  // The URL parser drops tabs and line ends; a link that has them is not what anybody meant.
  const target = /[\x00-\x1f\x7f]/.test(text) ? null : URL.parse(text, response.url);
  if (target === null) throw refused(response, "is no URL", "Report it to the API's owner.");
  // A server does not choose the credentials we send.
  target.username = "";
  target.password = "";
  target.hash = "";
  const from = requestedUrl(response);
  if (isSameOriginOrUpgrade(from, target)) return target;
  const isDowngrade = from.protocol === "https:" && target.protocol === "http:";
  const problem = isDowngrade
    ? `leads from https to ${target.origin}, where anybody on the way can read and change what is sent`
    : `leads to another origin, ${target.origin}`;
  throw refused(response, problem, "Ask that address yourself, with the credentials that belong to it.");
}

/** What was asked for, before redirects: where the call's credentials went. */
export function requestedUrl(response: ErrandResponse): URL {
  return new URL((response.history[0] ?? response).url);
}

function refused(response: ErrandResponse, problem: string, hint: string): RedirectRefusedError {
  const { method, url } = response.request;
  return new RedirectRefusedError({
    code: "ERR_PAGINATION",
    message: `${method} ${url}: the link to the next page ${problem}`,
    hint,
    request: response.request,
    attempts: response.attempts,
    timings: response.timings,
  });
}
