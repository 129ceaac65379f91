import { InvalidRequestError } from "../../errors/index.ts";
import { fitBlocks } from "./blocks.ts";
import { cutText } from "./cut-text.ts";

/** Invisible data of a message, by which a sender finds it again in the history; in Slack's own names. */
export interface MessageMetadata {
  readonly event_type: string;
  readonly event_payload: Readonly<Record<string, unknown>>;
}

/** A message to send. */
export interface SlackMessage {
  /** Slack's mrkdwn; what is not meant as such goes through `escapeText`. With blocks it is what notifications show. Cut at 40,000 characters. */
  readonly text: string;
  /** Block Kit, at most 50. Sections are cut at 3,000 characters, their fields at 2,000, headers at 150. */
  readonly blocks?: readonly object[];
  /** Id or name. With a token only: a webhook has its own. @default the one given to Slack */
  readonly channel?: string;
  /** The `ts` of the message to reply to. */
  readonly threadTs?: string;
  readonly metadata?: MessageMetadata;
}

/** A message to replace. */
export interface SlackUpdate extends Omit<SlackMessage, "threadTs"> {
  /** As `send` gave it. */
  readonly ts: string;
  /** The id that `send` gave: Slack takes no name here. */
  readonly channel?: string;
}

/** Beyond it Slack truncates, or refuses with msg_too_long. https://docs.slack.dev/changelog/2018-truncating-really-long-messages */
const MAX_TEXT = 40_000;

/** The fields that are common to all ways of sending. @throws InvalidRequestError (ERR_INVALID_OPTION) for what Slack would refuse */
export function messageFields({ text, blocks, metadata }: SlackMessage | SlackUpdate): Readonly<Record<string, unknown>> {
  if (typeof text !== "string" || text.trim() === "")
    throw invalidMessage("text is missing", "With blocks too: it is what notifications and screen readers show.");
  return {
    text: cutText(text, MAX_TEXT, `… (cut: ${text.length} characters)`),
    ...(blocks === undefined ? {} : { blocks: fitBlocks(blocks) }),
    ...(metadata === undefined ? {} : { metadata: checkMetadata(metadata) }),
  };
}

/** Seconds, a point, and a counter that makes it unique in its channel. @throws InvalidRequestError (ERR_INVALID_OPTION) */
export function checkTs(ts: string, option: string): string {
  if (typeof ts === "string" && /^\d+\.\d+$/.test(ts)) return ts;
  throw invalidMessage(
    `${option} is no message's ts`,
    'It is what send() gives, such as "1900000000.000100": text, for a number would lose digits.',
  );
}

/** @throws InvalidRequestError (ERR_INVALID_OPTION) without a channel */
export function checkChannel(channel: string | undefined): string {
  if (typeof channel === "string" && channel.trim() !== "") return channel;
  throw invalidMessage("channel is missing", 'Give it with the message, or to new Slack({ token, channel: "#deploys" }).');
}

export function invalidMessage(problem: string, hint?: string): InvalidRequestError {
  return new InvalidRequestError({ code: "ERR_INVALID_OPTION", message: `slack: ${problem}`, hint });
}

function checkMetadata(metadata: MessageMetadata): MessageMetadata {
  const { event_type: type, event_payload: payload } = metadata;
  if (typeof type === "string" && type !== "" && typeof payload === "object" && payload !== null && !Array.isArray(payload))
    return metadata;
  throw invalidMessage("metadata takes { event_type, event_payload }", "event_type is a text, event_payload an object.");
}
