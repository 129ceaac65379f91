import { headerText, type HeaderMap } from "./header-map.ts";
import { parseItemDictionary, parseItemList, type BareItem, type Item } from "./structured-field.ts";

/** What a server says about the caller's quota; a field it does not give is absent. */
export interface RateLimit {
  /** Requests (or quota units) allowed per window. */
  limit?: number;
  /** What is left of them. */
  remaining?: number;
  /** Milliseconds from now until the quota is restored. */
  resetMs?: number;
  /** Name of the policy that leaves the least, where the server names its policies. */
  policy?: string;
}

/**
 * The quota from the RateLimit and RateLimit-Policy fields of the IETF draft (draft-ietf-httpapi-ratelimit-headers, also in its earlier
 * dictionary form), RateLimit-Limit/-Remaining/-Reset, or X-RateLimit-*; undefined when there is none.
 *
 * Of several policies the one that leaves the least counts. A malformed field is as if absent, as the draft asks. A reset of 10^9 and more
 * is a point in time (GitHub, GitLab: epoch seconds; some: epoch milliseconds), less is a number of seconds from now.
 */
export function parseRateLimit(headers: HeaderMap, nowMs: number): RateLimit | undefined {
  const policies = quotaPolicies(headers);
  const found =
    fromServiceLimits(headers, policies) ??
    fromDictionary(headers) ??
    fromSeparateFields(headers, nowMs, "ratelimit-") ??
    fromSeparateFields(headers, nowMs, "x-ratelimit-") ??
    fromSeparateFields(headers, nowMs, "x-rate-limit-");
  if (found !== undefined) return found;
  const first = policies[0];
  return first === undefined ? undefined : rateLimit({ limit: first.quota, policy: first.name });
}

interface QuotaPolicy {
  readonly name: string | undefined;
  readonly quota: number;
}

/** RateLimit-Policy: `"burst";q=100;w=60`, or as earlier drafts had it `100;w=60`. */
function quotaPolicies(headers: HeaderMap): readonly QuotaPolicy[] {
  const policies: QuotaPolicy[] = [];
  for (const { value, parameters } of itemsOf(headers, "ratelimit-policy") ?? []) {
    const quota = typeof value === "number" ? amount(value) : amount(parameters.get("q"));
    if (quota === undefined) return [];
    policies.push({ name: typeof value === "string" ? value : undefined, quota });
  }
  return policies;
}

/** RateLimit: `"burst";r=5;t=30, "daily";r=900;t=3600`. */
function fromServiceLimits(headers: HeaderMap, policies: readonly QuotaPolicy[]): RateLimit | undefined {
  let tightest: RateLimit | undefined;
  for (const { value, parameters } of itemsOf(headers, "ratelimit") ?? []) {
    const remaining = amount(parameters.get("r"));
    const resetSeconds = amount(parameters.get("t"));
    if (typeof value !== "string" || remaining === undefined) return undefined;
    if (parameters.has("t") && resetSeconds === undefined) return undefined;
    const limit = policies.find((policy) => policy.name === value)?.quota;
    const candidate = rateLimit({ limit, remaining, resetMs: times1000(resetSeconds), policy: value });
    if (tightest === undefined || isTighter(candidate, tightest)) tightest = candidate;
  }
  return tightest;
}

function isTighter(one: RateLimit, other: RateLimit): boolean {
  const difference = (one.remaining ?? Infinity) - (other.remaining ?? Infinity);
  return difference === 0 ? (one.resetMs ?? 0) > (other.resetMs ?? 0) : difference < 0;
}

/** The draft's seventh version, which many servers send: `limit=100, remaining=50, reset=30`. */
function fromDictionary(headers: HeaderMap): RateLimit | undefined {
  const text = headerText(headers, "ratelimit");
  const members = text === undefined ? undefined : parseItemDictionary(text);
  const remaining = amount(members?.get("remaining")?.value);
  if (remaining === undefined) return undefined;
  const limit = amount(members?.get("limit")?.value);
  return rateLimit({ limit, remaining, resetMs: times1000(amount(members?.get("reset")?.value)) });
}

function fromSeparateFields(headers: HeaderMap, nowMs: number, prefix: string): RateLimit | undefined {
  // The limit may be followed by the windows it holds for: `100, 100;w=60`.
  const limit = amount(itemsOf(headers, `${prefix}limit`)?.[0]?.value);
  const remaining = single(itemsOf(headers, `${prefix}remaining`));
  const resetMs = untilReset(single(itemsOf(headers, `${prefix}reset`)), nowMs);
  if (limit === undefined && remaining === undefined && resetMs === undefined) return undefined;
  return rateLimit({ limit, remaining: remaining === undefined ? undefined : Math.floor(remaining), resetMs });
}

function untilReset(reset: number | undefined, nowMs: number): number | undefined {
  if (reset === undefined) return undefined;
  // 10^9 s is 2001 as a time and 31 years as a wait; 10^11 ms is 1973, 10^11 s the year 5138.
  if (reset >= 1e11) return Math.max(0, reset - nowMs);
  if (reset >= 1e9) return Math.max(0, Math.ceil(reset * 1000 - nowMs));
  return Math.ceil(reset * 1000);
}

function itemsOf(headers: HeaderMap, name: string): readonly Item[] | undefined {
  const text = headerText(headers, name);
  return text === undefined ? undefined : parseItemList(text);
}

/** Two values cannot both hold: with them the field is malformed. */
function single(items: readonly Item[] | undefined): number | undefined {
  const value = items?.length === 1 ? items[0]?.value : undefined;
  return typeof value === "number" && value >= 0 ? value : undefined;
}

function amount(value: BareItem | undefined): number | undefined {
  return typeof value === "number" && value >= 0 && Number.isInteger(value) ? value : undefined;
}

const times1000 = (seconds: number | undefined): number | undefined => (seconds === undefined ? undefined : seconds * 1000);

/** Without the keys that have no value. */
function rateLimit({ limit, remaining, resetMs, policy }: RateLimit): RateLimit {
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(remaining === undefined ? {} : { remaining }),
    ...(resetMs === undefined ? {} : { resetMs }),
    ...(policy === undefined ? {} : { policy }),
  };
}
