import { InvalidRequestError } from "../errors/index.ts";

/** How redirects are followed. On a call, what is left out comes from the session. */
export interface RedirectOptions {
  /** Hops of one call, 0 to 100; one more throws TooManyRedirectsError. @default 20 */
  readonly max?: number;
  /** Follows https to http, where anybody on the way can read and change what is sent. @default false */
  readonly allowDowngrade?: boolean;
  /** Sends the body again when a 307 or 308 (or another method than POST, a 301 or 302) leads to another origin. @default false */
  readonly crossOriginBody?: boolean;
}

/** {@link RedirectOptions}, validated, with the defaults filled in. */
export interface RedirectPolicy {
  /** `redirect: false`: a 3xx is the response, whatever the rest says. */
  readonly isOff: boolean;
  readonly max: number;
  readonly allowDowngrade: boolean;
  readonly crossOriginBody: boolean;
}

/** Up to 20 hops, none from https to http, no body to another origin. */
export const defaultRedirectPolicy: RedirectPolicy = Object.freeze({
  isOff: false,
  max: 20,
  allowDowngrade: false,
  crossOriginBody: false,
});

const knownKeys = ["max", "allowDowngrade", "crossOriginBody"];

/**
 * The `redirect` option as a frozen policy: `false` follows nothing, an object changes what it names, undefined changes nothing.
 *
 * An object given where the inherited policy is off turns redirects on again.
 * @param inherited the session's policy for a call, the parent's for `extend()`. @default defaultRedirectPolicy
 * @throws InvalidRequestError ERR_INVALID_OPTION that names `redirect.x` and what it takes
 */
export function resolveRedirect(
  redirect: false | RedirectOptions | undefined,
  inherited: RedirectPolicy = defaultRedirectPolicy,
): RedirectPolicy {
  if (redirect === undefined) return inherited;
  if (redirect === false) return Object.freeze({ ...inherited, isOff: true });
  const given = ownOptions(redirect);
  return Object.freeze({
    isOff: false,
    max: maxOf(given.max) ?? inherited.max,
    allowDowngrade: flagOf(given.allowDowngrade, "allowDowngrade") ?? inherited.allowDowngrade,
    crossOriginBody: flagOf(given.crossOriginBody, "crossOriginBody") ?? inherited.crossOriginBody,
  });
}

/** A copy without a prototype: what somebody put on Object.prototype is not an option. */
function ownOptions(redirect: RedirectOptions): RedirectOptions {
  if (typeof redirect !== "object" || redirect === null || Array.isArray(redirect)) {
    throw invalid("redirect takes false or an object such as { max: 5 }");
  }
  const unknown = Object.keys(redirect).find((key) => !knownKeys.includes(key));
  if (unknown !== undefined) throw invalid(`redirect.${unknown} is not an option. redirect takes ${knownKeys.join(", ")}`);
  return Object.assign(Object.create(null), redirect);
}

function maxOf(max: number | undefined): number | undefined {
  if (max === undefined || (Number.isInteger(max) && max >= 0 && max <= 100)) return max;
  throw invalid(`redirect.max: ${show(max)} cannot be used. It takes a whole number from 0 to 100; redirect: false returns the 3xx`);
}

function flagOf(flag: boolean | undefined, name: string): boolean | undefined {
  if (flag === undefined || typeof flag === "boolean") return flag;
  throw invalid(`redirect.${name}: ${show(flag)} cannot be used. It takes true or false`);
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (value === null || typeof value === "number") return String(value);
  return Array.isArray(value) ? "an array" : `a value of type ${typeof value}`;
}

function invalid(message: string): InvalidRequestError {
  return new InvalidRequestError({ code: "ERR_INVALID_OPTION", message });
}
