import { flagField, textField } from "./api-call.ts";
import type { Fields } from "./content.ts";
import { apiError, missingScope, type SlackReply } from "./reply.ts";
import type { SlackChannel, Workspace } from "./workspace.ts";

const MAX_LIMIT = 999;
const SCOPES: Readonly<Record<string, string>> = {
  public_channel: "channels:read",
  private_channel: "groups:read",
  mpim: "mpim:read",
  im: "im:read",
};

/** users.conversations: the channels that the bot is a member of, by pages. https://docs.slack.dev/reference/methods/users.conversations */
export function joinedReply(workspace: Workspace, fields: Fields, scopes: readonly string[]): SlackReply {
  const types = (textField(fields, "types") ?? "public_channel").split(",").map((type) => type.trim());
  if (types.some((type) => !Object.hasOwn(SCOPES, type))) return apiError("invalid_types");
  const missing = types.map((type) => SCOPES[type] ?? "").find((scope) => !scopes.includes(scope));
  if (missing !== undefined) return missingScope(missing, scopes);
  const limit = Number(textField(fields, "limit") ?? 100);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) return apiError("invalid_limit");
  const start = Number(
    Buffer.from(textField(fields, "cursor") ?? "", "base64")
      .toString("utf8")
      .replace(/^skip:/, "") || 0,
  );
  if (!Number.isInteger(start)) return apiError("invalid_cursor");
  const wanted = workspace.joined.filter(
    (channel) => types.includes(typeOf(channel)) && !(flagField(fields, "exclude_archived") && channel.isArchived === true),
  );
  const end = start + limit;
  const next = end < wanted.length ? Buffer.from(`skip:${end}`).toString("base64") : "";
  return {
    status: 200,
    body: { ok: true, channels: wanted.slice(start, end).map(channelObject), response_metadata: { next_cursor: next } },
  };
}

function typeOf({ isPrivate }: SlackChannel): string {
  return isPrivate === true ? "private_channel" : "public_channel";
}

function channelObject(channel: SlackChannel): Readonly<Record<string, unknown>> {
  const { id, name, isArchived = false, isPrivate = false } = channel;
  return { id, name, name_normalized: name, is_channel: true, is_private: isPrivate, is_archived: isArchived };
}
