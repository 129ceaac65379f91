import type { ErrorCode } from "../errors/index.ts";
import type { RetryOutcome } from "./retry-context.ts";

/** Tokens that a call which succeeds at the first try gives to the budget. */
export const firstTryRefund = 1;

const connectPhaseCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "ERR_DNS",
  "ERR_CONNECTION_REFUSED",
  "ERR_CONNECTION",
  "ERR_PROXY",
  "ERR_TLS",
]);

/**
 * Budget tokens that a retry after this outcome costs: 1 when no connection came about, 10 after a timeout, 5 after anything else.
 *
 * Failing to connect costs the server nothing, and many callers should survive its restart. A timeout, while connecting too, is what an
 * overloaded server looks like from here.
 */
export function retryCost(outcome: RetryOutcome): number {
  if (!("error" in outcome)) return 5;
  if (outcome.error.code === "ERR_TIMEOUT") return 10;
  return connectPhaseCodes.has(outcome.error.code) ? 1 : 5;
}
