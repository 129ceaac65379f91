import { RedirectRefusedError, TooManyRedirectsError, type RequestSummary } from "../errors/index.ts";
import { resolveLocation, showLocation, trimBlanks } from "./location.ts";
import { isSameOriginOrUpgrade } from "./origin.ts";
import type { RedirectPolicy } from "./redirect-policy.ts";
import { requestTarget } from "./request-target.ts";

/** The request that was answered, its answer, and the chain that led to it. */
export interface HopInput {
  readonly method: string;
  /** As it was requested, with its fragment. */
  readonly url: URL;
  readonly status: number;
  /** The header as latin-1, one character a byte; a list where it came more than once. */
  readonly location: string | readonly string[] | undefined;
  /** The request had a body. */
  readonly hasBody: boolean;
  /** The body can be built again, or nothing was taken from it yet. */
  readonly canReplayBody: boolean;
  /** Every request of the chain, this one last; redacted by the caller, for messages show it. */
  readonly trail: readonly RequestSummary[];
  /** {@link visitKey} of every request of the chain. */
  readonly visited: ReadonlySet<string>;
  readonly policy: RedirectPolicy;
  /** Takes known secrets out of what a message shows of the Location: a server may repeat what it was sent. */
  readonly redact?: (text: string) => string;
}

export type Hop =
  | { readonly follow: false }
  | {
      readonly follow: true;
      readonly method: string;
      /** Without userinfo, with the inherited fragment. */
      readonly url: URL;
      /** False: the body and its Content-* headers are dropped. */
      readonly keepsBody: boolean;
      /** False: credentials are dropped, and stay dropped. */
      readonly isSameOrigin: boolean;
    };

/** Not 300, which offers a choice, and not 304, which answers a condition. */
const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** What makes two requests of a chain the same: method and URL, without fragment and userinfo. */
export function visitKey(method: string, url: URL): string {
  return `${method} ${url.origin}${requestTarget(url)}`;
}

/**
 * The request that a redirect leads to, or `follow: false` when the answer is the response: no redirect status, no Location, or
 * `redirect: false` (RFC 9110 15.4).
 *
 * @throws TooManyRedirectsError ERR_TOO_MANY_REDIRECTS after `policy.max` hops, or when a request of the chain would be repeated
 * @throws RedirectRefusedError ERR_REDIRECT_REFUSED for a Location that is no URL, another scheme than http(s), https to http, a body that
 * cannot be sent again or that would go to another origin
 */
export function nextHop(input: HopInput): Hop {
  if (input.policy.isOff || !redirectStatuses.has(input.status)) return { follow: false };
  const location = onlyLocation(input);
  if (location === "") return { follow: false };
  const url = resolveLocation(location, input.url);
  if (url === undefined)
    throw refused(
      input,
      `its Location is not a URL: ${showLocation(input.redact?.(location) ?? location)}`,
      "Report it to the server's owner",
    );
  const method = nextMethod(input.method, input.status);
  const keepsBody = input.hasBody && method === input.method && input.status !== 303;
  const isSameOrigin = isSameOriginOrUpgrade(input.url, url);
  refuseTarget(input, url);
  if (keepsBody) refuseBody(input, url, isSameOrigin);
  refuseLoop(input, visitKey(method, url), url);
  return { follow: true, method, url, keepsBody, isSameOrigin };
}

/** Two that differ name no target: which of them a client takes is a matter of chance, or of an attacker's choice. */
function onlyLocation(input: HopInput): string {
  const all = (typeof input.location === "string" ? [input.location] : (input.location ?? [])).map(trimBlanks);
  const [first = ""] = all;
  if (all.some((each) => each !== first)) throw refused(input, "it has more than one Location", "Report it to the server's owner");
  return first;
}

/** POST becomes GET on 301 and 302, as every browser has it (RFC 9110 15.4.2); on 303 everything but HEAD does (15.4.4). */
function nextMethod(method: string, status: number): string {
  if (status === 303) return method === "HEAD" ? "HEAD" : "GET";
  return (status === 301 || status === 302) && method === "POST" ? "GET" : method;
}

function refuseTarget(input: HopInput, url: URL): void {
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw refused(
      input,
      `it leads to the scheme "${url.protocol.slice(0, -1)}"; errand follows only http and https`,
      "Call a target of that kind with a tool made for it",
    );
  }
  if (input.url.protocol === "https:" && url.protocol === "http:" && !input.policy.allowDowngrade) {
    throw refused(
      input,
      `it leads from https to ${url.origin}, where anybody on the way can read and change what is sent`,
      "Use the https address of the target; or allow it: redirect: { allowDowngrade: true }",
    );
  }
}

function refuseBody(input: HopInput, url: URL, isSameOrigin: boolean): void {
  if (!isSameOrigin && !input.policy.crossOriginBody) {
    throw refused(
      input,
      `its body would be sent to another origin, ${url.origin}`,
      "Call that origin directly, or allow it: redirect: { crossOriginBody: true }",
    );
  }
  if (!input.canReplayBody) {
    throw refused(
      input,
      "its body is a stream that was already sent and cannot be sent again",
      "Call the final URL directly, or give the body as bytes, text or { path }",
    );
  }
}

function refuseLoop(input: HopInput, key: string, url: URL): void {
  const { method, status, trail, visited, policy } = input;
  const isLoop = visited.has(key) || key === visitKey(method, input.url);
  const hops = Math.max(0, trail.length - 1);
  if (!isLoop && hops < policy.max) return;
  const problem = isLoop
    ? `leads back to a request that was already made, at ${url.origin}`
    : `is one redirect more than redirect.max (${policy.max})`;
  throw new TooManyRedirectsError({
    code: "ERR_TOO_MANY_REDIRECTS",
    message: `${subject(input)}: the ${status} ${problem}`,
    hint: isLoop
      ? "error.trail lists the hops: http/https or trailing-slash ping-pong and a missing login cookie are the usual causes"
      : "error.trail lists the hops. If all of them are right, raise redirect.max",
    request: trail.at(-1),
    trail: [...trail],
  });
}

function refused(input: HopInput, problem: string, hint: string): RedirectRefusedError {
  return new RedirectRefusedError({
    code: "ERR_REDIRECT_REFUSED",
    message: `${subject(input)}: the ${input.status} was not followed: ${problem}`,
    hint,
    request: input.trail.at(-1),
  });
}

/** The request as the caller redacted it; failing that its origin, which holds no secret. */
function subject({ method, url, trail }: HopInput): string {
  const last = trail.at(-1);
  return `${last?.method ?? method} ${last?.url ?? url.origin}`;
}
