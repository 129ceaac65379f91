import type { SlackMessage } from "./workspace.ts";

/** The messages as a small page that reloads itself; newest first, everything escaped. */
export function inboxPage(messages: readonly SlackMessage[]): string {
  const items = [...messages].reverse().map(messageItem).join("\n");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="3"><title>Slack stand-in: ${messages.length} messages</title>
<style>:root{color-scheme:light dark}body{font:16px/1.4 system-ui;max-width:46rem;margin:2rem auto;padding:0 1rem}
article{border-left:4px solid #8886;padding:.2rem 1rem;margin:1rem 0}p{white-space:pre-wrap;margin:.3rem 0}small{opacity:.7}pre{overflow:auto}</style>
</head><body><h1>Inbox</h1>
${items === "" ? "<p>Nothing has arrived yet.</p>" : items}
</body></html>
`;
}

function messageItem({ ts, channelName, via, text, blocks, attachments, threadTs, editedTs }: SlackMessage): string {
  const when = new Date(Number(ts) * 1000).toISOString();
  const notes = [
    `#${channelName}`,
    when,
    via,
    threadTs === undefined ? "" : `reply to ${threadTs}`,
    editedTs === undefined ? "" : "edited",
  ];
  const rich =
    blocks.length + attachments.length === 0 ? "" : `<pre>${escapeHtml(JSON.stringify({ blocks, attachments }, undefined, 2))}</pre>`;
  return `<article><small>${escapeHtml(notes.filter(Boolean).join(" · "))}</small><p>${escapeHtml(text)}</p>${rich}</article>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
