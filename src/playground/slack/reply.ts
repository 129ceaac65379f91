import type { SlackFailure } from "./failures.ts";

/** An answer of Slack: text from webhooks, JSON from the Web API. */
export interface SlackReply {
  readonly status: number;
  readonly body: string | Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds?: number;
  /** Of the token; every answer of the Web API to a valid one names them. */
  readonly scopes?: readonly string[];
}

/** The answer of an incoming webhook: a plain word. Only its rate limit is JSON (prometheus/alertmanager#2111). */
export function webhookReply(status: number, word: string): SlackReply {
  return { status, body: word };
}

export function webhookRateLimited(retryAfterSeconds: number): SlackReply {
  return { status: 429, body: { retry_after: retryAfterSeconds, ok: false, error: "rate_limited" }, retryAfterSeconds };
}

/** An error of the Web API comes with HTTP 200. */
export function apiError(error: string, more: Readonly<Record<string, unknown>> = {}): SlackReply {
  return { status: 200, body: { ok: false, error, ...more } };
}

export function missingScope(needed: string, scopes: readonly string[]): SlackReply {
  return apiError("missing_scope", { needed, provided: scopes.join(",") });
}

export function apiRateLimited(retryAfterSeconds: number): SlackReply {
  return { status: 429, body: { ok: false, error: "ratelimited" }, retryAfterSeconds };
}

/** The answer that a scripted failure asks for. */
export function failureReply(failure: SlackFailure, via: "webhook" | "api"): SlackReply {
  const { status = 500, error, retryAfter } = failure;
  const wait = retryAfter === undefined ? {} : { retryAfterSeconds: retryAfter };
  if (via === "api") return { status, body: { ok: false, error: error ?? (status === 429 ? "ratelimited" : "internal_error") }, ...wait };
  if (status !== 429) return { status, body: error ?? "rollup_error", ...wait };
  const body = { ...(retryAfter === undefined ? {} : { retry_after: retryAfter }), ok: false, error: error ?? "rate_limited" };
  return { status, body, ...wait };
}
