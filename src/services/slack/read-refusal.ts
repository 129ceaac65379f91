import type { ErrandResponse } from "../../client/index.ts";
import { redactText } from "../../secrets/index.ts";

/** What an answer that is no success says. */
export interface Refusal {
  /** `channel_not_found`, `no_service`, ...; undefined when it has no such word. */
  readonly word: string | undefined;
  /** What Slack adds, in one line. */
  readonly details: string;
  readonly needed: string | undefined;
  readonly provided: string | undefined;
  /** The body of a webhook's 429 has it too. */
  readonly retryAfterSeconds: number | undefined;
}

const WORD = /^[a-z][a-z0-9_.-]{1,79}$/i;
const LONGEST_DETAILS = 300;

/** Reads the JSON of the Web API and of rate limits, and the plain word of webhooks. */
export function readRefusal(response: ErrandResponse): Refusal {
  const body = response.text().trim();
  const fields = jsonFields(body);
  const error = fields === undefined ? body : fields["error"];
  const seconds = fields?.["retry_after"];
  return {
    word: typeof error === "string" && WORD.test(error) ? error : undefined,
    details: fields === undefined ? "" : detailsOf(fields),
    needed: textOf(fields?.["needed"]),
    provided: textOf(fields?.["provided"]),
    retryAfterSeconds: typeof seconds === "number" && seconds >= 0 && seconds < 1e9 ? seconds : undefined,
  };
}

/** The object of a body; undefined for anything else. */
export function jsonFields(body: string): Readonly<Record<string, unknown>> | undefined {
  if (!body.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    // A proxy's text, or half an answer: it has no word, which is what the caller says.
    return undefined;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `response_metadata.messages`: for invalid_blocks the place of each fault, as a JSON pointer. */
function detailsOf({ response_metadata: metadata }: Readonly<Record<string, unknown>>): string {
  const messages = isObject(metadata) ? metadata["messages"] : undefined;
  if (!Array.isArray(messages)) return "";
  const texts = messages.filter((message) => typeof message === "string").map((message) => message.replace(/^\[ERROR\] /, ""));
  const line = redactText(texts.join("; ")).replace(/\s+/g, " ");
  return line.length > LONGEST_DETAILS ? `${line.slice(0, LONGEST_DETAILS)}...` : line;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? redactText(value).slice(0, 1000) : undefined;
}
