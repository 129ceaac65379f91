/**
 * Text as Slack shows it literally: `&`, `<` and `>` escaped, and nothing else.
 *
 * Without it `<!channel>` in a log line would call everybody, and `<https://...|text>` would be a link.
 * @see https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
export function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
