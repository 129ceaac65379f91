import { flagField, textField } from "./api-call.ts";
import type { Fields } from "./content.ts";
import { apiError, type SlackReply } from "./reply.ts";
import type { SlackChannel, SlackMessage, Workspace } from "./workspace.ts";

/** Who posts: the bot of the stand-in's app. */
export const BOT = { user: "U0ERRAND01", bot_id: "B0ERRAND01", app_id: "A0ERRAND01", team: "T0ERRAND01" } as const;

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 999;

/** conversations.history: newest first, pages by cursor, metadata in full only when asked for. */
export function historyReply(workspace: Workspace, channel: SlackChannel, fields: Fields): SlackReply {
  const limit = Number(textField(fields, "limit") ?? DEFAULT_LIMIT);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) return apiError("invalid_limit");
  const cursor = textField(fields, "cursor");
  const before = cursor === undefined ? undefined : decodeCursor(cursor);
  if (cursor !== undefined && before === undefined) return apiError("invalid_cursor");
  const oldest = textField(fields, "oldest");
  const latest = textField(fields, "latest");
  if (oldest !== undefined && Number.isNaN(Number(oldest))) return apiError("invalid_ts_oldest");
  if (latest !== undefined && Number.isNaN(Number(latest))) return apiError("invalid_ts_latest");
  const isInclusive = flagField(fields, "inclusive");
  const matching = workspace.history(channel.id).filter(({ ts }) => {
    if (isInclusive && (ts === oldest || ts === latest)) return true;
    return (oldest === undefined || isEarlier(oldest, ts)) && (latest === undefined || isEarlier(ts, latest));
  });
  const rest = before === undefined ? matching : matching.filter(({ ts }) => isEarlier(ts, before));
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  const hasMore = rest.length > page.length && last !== undefined;
  const withPayload = flagField(fields, "include_all_metadata");
  const body = {
    ok: true,
    messages: page.map((message) => messageObject(message, { withPayload, replyCount: workspace.replyCount(message) })),
    has_more: hasMore,
    pin_count: 0,
    ...(hasMore ? { response_metadata: { next_cursor: encodeCursor(last.ts) } } : {}),
  };
  return { status: 200, body };
}

interface MessageView {
  readonly withPayload: boolean;
  readonly replyCount: number;
}

/** A message as the Web API shows it; without `withPayload` only the metadata's event_type is there. */
export function messageObject(message: SlackMessage, { withPayload, replyCount }: MessageView): Readonly<Record<string, unknown>> {
  const { ts, text, blocks, attachments, metadata, threadTs, editedTs } = message;
  const thread = replyCount > 0 ? { thread_ts: ts, reply_count: replyCount } : {};
  return {
    type: "message",
    ...BOT,
    text,
    ts,
    ...(blocks.length > 0 ? { blocks } : {}),
    ...(attachments.length > 0 ? { attachments } : {}),
    ...(threadTs === undefined ? thread : { thread_ts: threadTs }),
    ...(editedTs === undefined ? {} : { edited: { user: BOT.user, ts: editedTs } }),
    ...(metadata === undefined ? {} : { metadata: withPayload ? metadata : { event_type: metadata.event_type } }),
  };
}

/** Compares seconds and counter apart: together they have too many digits for a number. */
function isEarlier(left: string, right: string): boolean {
  const [leftSeconds = "0", leftCounter = ""] = left.split(".");
  const [rightSeconds = "0", rightCounter = ""] = right.split(".");
  if (Number(leftSeconds) !== Number(rightSeconds)) return Number(leftSeconds) < Number(rightSeconds);
  return leftCounter.padEnd(6, "0") < rightCounter.padEnd(6, "0");
}

function encodeCursor(ts: string): string {
  return Buffer.from(`next_ts:${ts}`).toString("base64");
}

function decodeCursor(cursor: string): string | undefined {
  return /^next_ts:(\d+\.\d+)$/.exec(Buffer.from(cursor, "base64").toString("utf8"))?.[1];
}
