import type { ErrandResponse } from "../../client/index.ts";
import { isAbortError, isConfigError, isInvalidRequestError, isRequestError } from "../../errors/index.ts";
import { parseRetryAfter } from "../../retry/index.ts";
import { redactText } from "../../secrets/index.ts";
import { isUnsent } from "./delivery.ts";
import { hintFor } from "./hints.ts";
import { readRefusal } from "./read-refusal.ts";
import { SlackError } from "./slack-error.ts";

/** What was asked, for messages. */
export interface Asked {
  /** `Slack webhook env:SLACK_WEBHOOK`, `Slack chat.postMessage to #deploys`. */
  readonly subject: string;
  /** It posts or changes something. */
  readonly isWrite: boolean;
}

const LOOK_FIRST = "Look into the channel before sending it again: Slack knows no idempotency key, so a repeat posts twice.";

/** Words after which, as Slack documents, a part of the work may be done. https://docs.slack.dev/reference/methods/chat.postMessage#errors */
const UNCERTAIN: ReadonlySet<string> = new Set(["fatal_error", "internal_error", "service_unavailable"]);

/** An answer that is not a success: an error word, in HTTP 200 or with a status, or an answer that is not Slack's. */
export function refusal(response: ErrandResponse, { subject, isWrite }: Asked): SlackError {
  const { status, request, attempts, timings } = response;
  const { word, details, needed, provided, retryAfterSeconds } = readRefusal(response);
  // An answer with a success' status and no word of Slack's is somebody else's; who knows what was done before it.
  const isUnclear = status >= 500 || (status < 300 && (word === undefined || UNCERTAIN.has(word)));
  const mayHaveArrived = isWrite && isUnclear;
  const said = word ?? (status === 429 ? "too many messages" : "without an error word of Slack's");
  const tries = attempts.length > 1 ? ` (${attempts.length} attempts)` : "";
  const retryAfterMs =
    parseRetryAfter(response.header("retry-after"), Date.now()) ?? (retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1000);
  return new SlackError({
    message: redactText(`${subject} answered ${status} ${said}${details === "" ? "" : `: ${details}`}${tries}${outcome(mayHaveArrived)}`),
    hint: mayHaveArrived ? LOOK_FIRST : hintFor({ word, status, needed, provided }),
    slackError: word,
    status,
    needed,
    provided,
    retryAfterMs,
    mayHaveArrived,
    request,
    attempts,
    timings,
  });
}

/** No answer. What is the caller's own (an abort, an option) stays what it is; a cancelled message may have been posted too. */
export function noAnswer(error: unknown, { subject, isWrite }: Asked): unknown {
  if (!isRequestError(error) || isOfCaller(error)) return isConfigError(causeOf(error)) ? causeOf(error) : error;
  const { code, request, attempts, timings } = error;
  const mayHaveArrived = isWrite && !isUnsent(error);
  const hint = mayHaveArrived ? LOOK_FIRST : error.hint;
  return new SlackError({
    code,
    message: `${subject}: ${error.message}${outcome(mayHaveArrived)}`,
    hint,
    cause: error,
    mayHaveArrived,
    request,
    attempts,
    timings,
  });
}

function isOfCaller(error: unknown): boolean {
  return isAbortError(error) || isInvalidRequestError(error) || (isRequestError(error) && error.code === "ERR_HELD_BACK");
}

/** The client wraps a secret that cannot be read; for the caller of Slack it is a setting, as it is for a webhook. */
function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

function outcome(mayHaveArrived: boolean): string {
  return mayHaveArrived ? "; the message may have been posted all the same" : "";
}
