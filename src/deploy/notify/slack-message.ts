import { cutText, escapeText, type HistoryMessage, type SlackMessage } from "../../services/slack/index.ts";
import type { Message } from "./message.ts";

/** Slack's limit for one section. https://docs.slack.dev/reference/block-kit/blocks/section-block */
const maxSectionLength = 3000;
const eventType = "errand_deploy";
const icons = { bad: ":red_circle:", good: ":large_green_circle:", unclear: ":large_yellow_circle:" } as const;

/** A message in Slack's form. `text` is what notifications and search show. Nothing of it is read as a mention or a link. */
export function slackMessage(message: Message): SlackMessage {
  const { tone, subject, lines, next, context, isRepeat } = message;
  const repeat = isRepeat ? " (possible repeat)" : "";
  const body = lines.map((line) => `• ${escapeText(line)}`).join("\n");
  const outlook = next === undefined ? "" : `Next: ${escapeText(next)}`;
  const footer = context.map(([name, value]) => `*${name}* ${escapeText(value)}`).join("   ");
  const sections = [`${icons[tone]} *${escapeText(subject)}*${repeat}`, body, outlook].filter((text) => text !== "");
  return {
    text: [`${escapeText(subject)}${repeat}`, body, outlook].filter((part) => part !== "").join("\n"),
    blocks: [
      ...sections.map((text) => ({ type: "section", text: { type: "mrkdwn", text: cutText(text, maxSectionLength) } })),
      { type: "context", elements: [{ type: "mrkdwn", text: cutText(footer, maxSectionLength) }] },
    ],
    metadata: { event_type: eventType, event_payload: payloadOf(message) },
  };
}

/** Whether a message of the channel's history is this one. */
export function isSameMessage({ metadata }: HistoryMessage, message: Message): boolean {
  if (metadata?.event_type !== eventType) return false;
  return Object.entries(payloadOf(message)).every(([key, value]) => metadata.event_payload[key] === value);
}

/** What tells a run's messages apart. */
function payloadOf({ runId, id, entry }: Message): Readonly<Record<string, string | number>> {
  return { run: runId, message: id, entry };
}
