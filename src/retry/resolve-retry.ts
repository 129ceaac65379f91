import { InvalidRequestError } from "../errors/index.ts";
import { durationMs, formatDuration } from "./duration.ts";
import { defaultRetryPolicy, type RetryOptions, type RetryPolicy } from "./retry-policy.ts";

const knownKeys = ["attempts", "backoff", "maxBackoff", "methods", "statuses", "maxRetryAfter", "when"];
const tokenPattern = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;

/**
 * The `retry` option as a frozen policy: `false` is one attempt, an object changes what it names, undefined changes nothing.
 *
 * An object given where the inherited policy is off turns retries on again.
 * @param inherited the session's policy for a call, the parent's for `extend()`. @default defaultRetryPolicy
 * @throws InvalidRequestError ERR_INVALID_OPTION that names `retry.x` and what it takes
 */
export function resolveRetry(retry: false | RetryOptions | undefined, inherited: RetryPolicy = defaultRetryPolicy): RetryPolicy {
  if (retry === undefined) return inherited;
  if (retry === false) return Object.freeze({ ...inherited, isOff: true, attempts: 1 });
  const given = ownOptions(retry);
  const backoffMs = given.backoff === undefined ? inherited.backoffMs : durationMs(given.backoff, "retry.backoff");
  return Object.freeze({
    isOff: false,
    attempts: attemptsOf(given.attempts) ?? (inherited.isOff ? defaultRetryPolicy.attempts : inherited.attempts),
    backoffMs,
    maxBackoffMs: maxBackoffOf(given, backoffMs, inherited.maxBackoffMs),
    methods: methodsOf(given.methods) ?? inherited.methods,
    statuses: statusesOf(given.statuses) ?? inherited.statuses,
    maxRetryAfterMs: given.maxRetryAfter === undefined ? inherited.maxRetryAfterMs : durationMs(given.maxRetryAfter, "retry.maxRetryAfter"),
    when: whenOf(given.when) ?? inherited.when,
  });
}

/** A copy without a prototype: what somebody put on Object.prototype is not an option. */
function ownOptions(retry: RetryOptions): RetryOptions {
  if (typeof retry !== "object" || retry === null || Array.isArray(retry)) {
    throw invalid(`retry takes false or an object such as { attempts: 5, backoff: "1s" }`);
  }
  const unknown = Object.keys(retry).find((key) => !knownKeys.includes(key));
  if (unknown !== undefined) throw invalid(`retry.${unknown} is not an option. retry takes ${knownKeys.join(", ")}`);
  return Object.assign(Object.create(null), retry);
}

function attemptsOf(attempts: number | undefined): number | undefined {
  if (attempts === undefined || (Number.isInteger(attempts) && attempts >= 1 && attempts <= 100)) return attempts;
  throw invalid(`retry.attempts: ${show(attempts)} cannot be used. It takes a whole number from 1 (no retry) to 100`);
}

function maxBackoffOf(given: RetryOptions, backoffMs: number | undefined, inheritedMs: number): number {
  if (given.maxBackoff === undefined) return Math.max(inheritedMs, backoffMs ?? 0);
  const maxMs = durationMs(given.maxBackoff, "retry.maxBackoff");
  if (backoffMs !== undefined && backoffMs > maxMs) {
    throw invalid(`retry.maxBackoff (${formatDuration(maxMs)}) is shorter than retry.backoff (${formatDuration(backoffMs)})`);
  }
  return maxMs;
}

function methodsOf(methods: readonly string[] | undefined): readonly string[] | undefined {
  if (methods === undefined) return undefined;
  const takes = 'It takes an array of method names such as ["GET", "POST"]';
  if (!Array.isArray(methods)) throw invalid(`retry.methods: ${show(methods)} cannot be used. ${takes}`);
  const wrong = methods.find((method) => typeof method !== "string" || !tokenPattern.test(method));
  if (wrong !== undefined) throw invalid(`retry.methods: ${show(wrong)} is not a method name. ${takes}`);
  return Object.freeze([...new Set(methods.map((method) => method.toUpperCase()))]);
}

function statusesOf(statuses: readonly number[] | undefined): readonly number[] | undefined {
  if (statuses === undefined) return undefined;
  const takes = "It takes an array of statuses from 400 to 599";
  if (!Array.isArray(statuses)) throw invalid(`retry.statuses: ${show(statuses)} cannot be used. ${takes}`);
  const wrongIndex = statuses.findIndex((status) => !(Number.isInteger(status) && status >= 400 && status <= 599));
  if (wrongIndex !== -1) throw invalid(`retry.statuses: ${show(statuses[wrongIndex])} cannot be used. ${takes}`);
  return Object.freeze([...new Set(statuses)]);
}

function whenOf(when: RetryOptions["when"]): RetryOptions["when"] {
  if (when === undefined || typeof when === "function") return when;
  throw invalid(`retry.when: ${show(when)} cannot be used. It takes a function that returns "retry", "stop" or undefined`);
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  return Array.isArray(value) ? "an array" : `a value of type ${typeof value}`;
}

function invalid(message: string): InvalidRequestError {
  return new InvalidRequestError({ code: "ERR_INVALID_OPTION", message });
}
