import { invalidMessage, type MessageMetadata } from "./message.ts";
import { isObject } from "./read-refusal.ts";
import type { ApiAnswer } from "./web-api.ts";

/** Which messages of a channel are wanted. */
export interface HistoryOptions {
  /** The channel's id. @default the one given to Slack */
  readonly channel?: string;
  /** Only messages after it: a message's `ts`, or a moment. */
  readonly oldest?: string | Date;
  /** Only messages before it. */
  readonly latest?: string | Date;
  /** At most so many messages, the newest. @default 100 */
  readonly limit?: number;
  /** Cancels the call. @default none */
  readonly signal?: AbortSignal;
}

/** A message of a channel; replies in threads are not among them. */
export interface HistoryMessage {
  /** Its identity in the channel. */
  readonly ts: string;
  readonly text: string;
  readonly user: string | undefined;
  readonly botId: string | undefined;
  readonly threadTs: string | undefined;
  readonly metadata: MessageMetadata | undefined;
}

/** As Slack recommends. https://docs.slack.dev/reference/methods/conversations.history */
const PAGE_SIZE = 200;

type Params = Readonly<Record<string, string | number | boolean | undefined>>;

/** Reads page by page until there are enough messages or no more. */
export async function readHistory(
  options: HistoryOptions & { readonly channel: string },
  getPage: (params: Params) => Promise<ApiAnswer>,
): Promise<readonly HistoryMessage[]> {
  const { channel, oldest, latest, limit = 100 } = options;
  if (!Number.isInteger(limit) || limit < 1) throw invalidMessage("limit takes a whole number above 0");
  const messages: HistoryMessage[] = [];
  const seen = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await getPage({
      channel,
      oldest: oldest === undefined ? undefined : momentOf(oldest, "oldest"),
      latest: latest === undefined ? undefined : momentOf(latest, "latest"),
      limit: Math.min(PAGE_SIZE, limit - messages.length),
      include_all_metadata: true,
      cursor,
    });
    messages.push(...readMessages(page));
    cursor = nextCursor(page);
    // A cursor that comes again would lead in a circle.
    if (cursor !== undefined && seen.has(cursor)) break;
    if (cursor !== undefined) seen.add(cursor);
  } while (cursor !== undefined && messages.length < limit);
  return messages.slice(0, limit);
}

function momentOf(moment: string | Date, option: string): string {
  const text = moment instanceof Date ? (moment.getTime() / 1000).toFixed(6) : moment;
  if (typeof text === "string" && /^\d+(?:\.\d+)?$/.test(text)) return text;
  throw invalidMessage(`${option} is neither a message's ts nor a Date`);
}

function nextCursor({ response_metadata: metadata }: ApiAnswer): string | undefined {
  const cursor = isObject(metadata) ? metadata["next_cursor"] : undefined;
  return typeof cursor === "string" && cursor !== "" ? cursor : undefined;
}

/** What has no ts is no message. */
function readMessages({ messages }: ApiAnswer): readonly HistoryMessage[] {
  return Array.isArray(messages) ? messages.map(readMessage).filter((message) => message !== undefined) : [];
}

function readMessage(message: unknown): HistoryMessage | undefined {
  if (!isObject(message)) return undefined;
  const { metadata } = message;
  const ts = textOf(message["ts"]);
  if (ts === undefined) return undefined;
  return {
    ts,
    text: textOf(message["text"]) ?? "",
    user: textOf(message["user"]),
    botId: textOf(message["bot_id"]),
    threadTs: textOf(message["thread_ts"]),
    metadata: isMetadata(metadata) ? metadata : undefined,
  };
}

function isMetadata(value: unknown): value is MessageMetadata {
  return isObject(value) && typeof value["event_type"] === "string" && isObject(value["event_payload"]);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
