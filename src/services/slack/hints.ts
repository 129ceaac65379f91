/** What is known of a refusal. */
export interface HintInput {
  readonly word: string | undefined;
  readonly status: number;
  readonly needed: string | undefined;
  readonly provided: string | undefined;
}

/** What to do about Slack's word. https://docs.slack.dev/reference/methods/chat.postMessage#errors */
export function hintFor({ word, status, needed, provided }: HintInput): string | undefined {
  if (word === "missing_scope") {
    const has = provided === undefined ? "" : ` (it has ${provided})`;
    return `Add the scope ${needed ?? "that is missing"} to the app${has}, and install it again: tokens keep their old scopes.`;
  }
  if (word !== undefined && Object.hasOwn(HINTS, word)) return HINTS[word];
  if (status === 429) return "Slack takes about one message per second and channel: put several into one.";
  if (status >= 300 && status < 400) return "It redirects, which Slack does not: check the address.";
  return word === undefined ? "That is not Slack: check the address, and the proxies in between." : undefined;
}

const INVITE = "Invite the app: /invite @NAME in the channel.";
const ARCHIVED = "The channel is archived: unarchive it, or name another.";
const NEW_WEBHOOK = "The webhook was removed or its URL is not whole: make a new one in the app's settings.";
const TOKEN = "The token is wrong or revoked: copy the bot token (xoxb-) from the app's page OAuth & Permissions.";
const BLOCKS = "Try the blocks in Slack's Block Kit Builder.";
const BUSY = "Slack takes about one message per second and channel: put several into one.";
const SHORTER = "Shorten it, or put the rest into a thread.";

const HINTS: Readonly<Record<string, string>> = {
  channel_not_found:
    "Check the name, and for a private channel invite the app; chat.update and the history take the channel's id, not its name.",
  not_in_channel: INVITE,
  channel_is_archived: ARCHIVED,
  is_archived: ARCHIVED,
  user_not_found: "Check the user's id (U...), not the name.",
  no_service: NEW_WEBHOOK,
  no_service_id: NEW_WEBHOOK,
  no_active_hooks: NEW_WEBHOOK,
  no_team: NEW_WEBHOOK,
  team_disabled: "The workspace was deactivated.",
  invalid_token: NEW_WEBHOOK,
  invalid_auth: TOKEN,
  not_authed: TOKEN,
  account_inactive: TOKEN,
  token_revoked: TOKEN,
  token_expired: "The token has expired: apps with token rotation must renew it every 12 hours.",
  not_allowed_token_type: "Give a bot token (xoxb-); app-level tokens (xapp-) cannot post.",
  action_prohibited: "An administrator has forbidden it for this workspace or channel.",
  restricted_action: "An administrator has forbidden it for this workspace or channel.",
  restricted_action_read_only_channel: "The channel is read-only for the app.",
  posting_to_general_channel_denied: "Only administrators may post there: use another channel.",
  ekm_access_denied: "An administrator has suspended it.",
  org_login_required: "The workspace is moving into an Enterprise organisation: try again later.",
  no_text: "The message has neither text nor blocks.",
  msg_too_long: SHORTER,
  msg_blocks_too_long: `All blocks together have about 13,000 characters at most (slackapi/bolt-js#2509). ${SHORTER}`,
  invalid_blocks: BLOCKS,
  invalid_blocks_format: BLOCKS,
  invalid_payload: "The webhook could not read the message: check blocks and metadata.",
  invalid_metadata_format: "metadata takes { event_type, event_payload }.",
  metadata_too_large: "Put a reference into the metadata, not the data.",
  too_many_attachments: SHORTER,
  message_not_found: "Check ts and channel: both are what send() gave.",
  cant_update_message: "An app can change its own messages only.",
  edit_window_closed: "The workspace allows changes for some time only: post a reply.",
  thread_not_found: "Check threadTs: it is the ts that send() gave, in the same channel.",
  cannot_reply_to_message: "That message takes no replies.",
  ratelimited: BUSY,
  rate_limited: BUSY,
  message_limit_exceeded: "The workspace has reached its limit of messages per minute: send fewer.",
};
