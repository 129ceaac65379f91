import type { Message } from "./message.ts";

/** What Slack's `send` takes. */
export interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly Readonly<Record<string, unknown>>[];
  readonly metadata: { readonly event_type: string; readonly event_payload: Readonly<Record<string, string>> };
}

/** Slack's limit for one section is 3000 characters, escapes included. */
const maxSectionLength = 2900;
const icons = { bad: ":red_circle:", good: ":large_green_circle:", unclear: ":large_yellow_circle:" } as const;

/** A message in Slack's form. `text` is what notifications and search show. */
export function slackMessage({ tone, subject, lines, next, context, runId, isRepeat }: Message): SlackMessage {
  const title = `${icons[tone]} *${escapeSlack(subject)}*${isRepeat ? " (possible repeat)" : ""}`;
  const body = lines.map((line) => `• ${escapeSlack(line)}`).join("\n");
  const footer = context.map(([name, value]) => `*${name}* ${escapeSlack(value)}`).join("   ");
  const sections = [title, ...(body === "" ? [] : [body]), ...(next === undefined ? [] : [`*Next:* ${escapeSlack(next)}`])];
  return {
    text: [`${escapeSlack(subject)}${isRepeat ? " (possible repeat)" : ""}`, body, next === undefined ? "" : escapeSlack(next)].filter((part) => part !== "").join("\n"),
    blocks: [
      ...sections.map((text) => ({ type: "section", text: { type: "mrkdwn", text: cut(text) } })),
      { type: "context", elements: [{ type: "mrkdwn", text: cut(footer) }] },
    ],
    metadata: { event_type: "errand_deploy", event_payload: { run: runId } },
  };
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping: these three and no others. */
export function escapeSlack(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Not in the middle of an escape, nor of a surrogate pair. */
function cut(text: string): string {
  if (text.length <= maxSectionLength) return text;
  return `${text.slice(0, maxSectionLength).replace(/&[a-z]{0,3}$|[\ud800-\udbff]$/, "")}…`;
}
