export { isChannelId } from "./channel-id.ts";
export { escapeText } from "./escape-text.ts";
export type { HistoryMessage, HistoryOptions } from "./history.ts";
export type { MessageMetadata, SlackMessage, SlackUpdate } from "./message.ts";
export { isSlackError, SlackError } from "./slack-error.ts";
export { Slack, type AuthTest, type CallOptions, type Posted, type SlackOptions } from "./slack.ts";
export { cutText } from "./cut-text.ts";
