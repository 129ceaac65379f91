import type { Failure, RetryOptions } from "../../retry/index.ts";
import { isUnsent } from "./delivery.ts";

/** Without the charset the Web API warns of `missing_charset`. */
export const postHeaders = { "content-type": "application/json; charset=utf-8" } as const;

/** Slack answers with a word, or with the message. */
export const maxAnswerBytes = 10_000_000;

/**
 * When a message is posted again: after a 429, as late as Retry-After says, and when no byte of it can have left.
 *
 * Slack knows no idempotency key (slackapi/slack-api-specs#10): after a timeout, a reset or a 5xx the message may be there, and a repeat
 * would post it twice. The session's own `retry.when` is asked first.
 */
export function postRetry(given: RetryOptions | false | undefined): RetryOptions | false {
  if (given === false) return false;
  return { ...given, methods: [], when: (failure) => given?.when?.(failure) ?? verdictOf(failure) };
}

function verdictOf({ status, error }: Failure): "retry" | "stop" | undefined {
  if (status !== undefined) return status === 429 ? "retry" : "stop";
  // Undefined: the client repeats it if it, too, knows that nothing left.
  return error !== undefined && isUnsent(error) ? undefined : "stop";
}
