import { redactText } from "../../secrets/index.ts";
import { isSlackError, type Slack } from "../../services/slack/index.ts";
import { describeError } from "../cluster/write-failure.ts";
import type { Message } from "./message.ts";
import { isSameMessage, slackMessage } from "./slack-message.ts";

/** What is to be known of a message that was not simply sent. */
export interface DeliveryReport {
  /** It is in the channel; how that was made sure of. */
  readonly note?: string;
  /** It is not, or nobody knows. */
  readonly problem?: string;
}

/** Slack's clock and ours may differ. */
const slackMs = 300_000;
/** More than that since the run began are not gone through. */
const mostMessages = 1000;

/**
 * Sends a message by a bot token, once: one that may have been sent before is looked for in the channel's history by its metadata.
 *
 * Where the history cannot be read, an alert is sent again and marked, and a success is not: one alert too many is better than one too few.
 *
 * @throws SlackError when it was not sent
 */
export async function deliverToSlack(slack: Slack, message: Message, signal: AbortSignal): Promise<DeliveryReport | undefined> {
  if (!message.isRepeat) return sendFirst(slack, message, signal);
  const found = await lookUp(slack, message, signal);
  if (found === true) return { note: "it was in the channel already" };
  if (found === false) {
    await slack.send(slackMessage({ ...message, isRepeat: false }), { signal });
    return { note: "it was not in the channel, and was sent after the interruption" };
  }
  if (message.tone === "good") return { problem: `it may have been sent before the interruption; not repeated, for ${found}` };
  await slack.send(slackMessage(message), { signal });
  return { note: `sent again as a possible repeat, for ${found}` };
}

async function sendFirst(slack: Slack, message: Message, signal: AbortSignal): Promise<DeliveryReport | undefined> {
  try {
    await slack.send(slackMessage(message), { signal });
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (!isSlackError(error) || !error.mayHaveArrived || (await lookUp(slack, message, signal)) !== true) throw error;
    return { note: "the answer was lost, and it was found in the channel" };
  }
}

/** Whether it is in the channel; a text says why that cannot be known. */
async function lookUp(slack: Slack, message: Message, signal: AbortSignal): Promise<boolean | string> {
  try {
    const channel = await slack.channelId(undefined, { signal });
    if (channel === undefined) return "the app is in no channel of that name, so that its history cannot be read";
    const oldest = new Date(message.startedAtMs - slackMs);
    const messages = await slack.history({ channel, oldest, limit: mostMessages, signal });
    if (messages.some((one) => isSameMessage(one, message))) return true;
    return messages.length < mostMessages ? false : `the channel had more than ${mostMessages} messages since the run began`;
  } catch (error) {
    signal.throwIfAborted();
    const needed = isSlackError(error) && error.needed !== undefined ? ` (it needs ${error.needed})` : "";
    return `the channel's history cannot be read: ${redactText(describeError(error))}${needed}`;
  }
}
