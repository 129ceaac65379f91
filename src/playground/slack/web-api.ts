import type { StandInExchange } from "../stand-in.ts";
import { readApiCall, textField, type ApiCall } from "./api-call.ts";
import { isContentProblem, readContent, type ContentProblem } from "./content.ts";
import { BOT, historyReply, messageObject } from "./history.ts";
import type { MessageRate } from "./rate-limit.ts";
import { joinedReply } from "./joined.ts";
import { apiError, apiRateLimited, missingScope, type SlackReply } from "./reply.ts";
import type { SlackChannel, Workspace } from "./workspace.ts";

export interface ApiSettings {
  readonly workspace: Workspace;
  readonly rate: MessageRate | undefined;
  readonly botToken: string;
  /** What the app was granted. */
  readonly scopes: readonly string[];
  /** The origin, for auth.test. */
  readonly url: () => string;
}

interface Method {
  /** Undefined: any token will do, or it depends on the arguments. */
  readonly scope?: string;
  readonly call: (call: ApiCall, settings: ApiSettings) => SlackReply;
}

const METHODS: Readonly<Record<string, Method>> = {
  "auth.test": { call: (_call, { url }) => ({ status: 200, body: authTest(url()) }) },
  "chat.postMessage": { scope: "chat:write", call: postMessage },
  "chat.update": { scope: "chat:write", call: updateMessage },
  "conversations.history": { call: history },
  "users.conversations": { call: ({ fields }, { workspace, scopes }) => joinedReply(workspace, fields, scopes) },
};

/** Answers a call of the Web API. */
export async function answerApi(exchange: StandInExchange, settings: ApiSettings): Promise<SlackReply> {
  const call = await readApiCall(exchange);
  if (typeof call === "string") return apiError(call);
  const method = Object.hasOwn(METHODS, call.method) ? METHODS[call.method] : undefined;
  if (method === undefined) return apiError("unknown_method", { req_method: call.method });
  if (call.token === undefined) return apiError("not_authed");
  if (call.token !== settings.botToken) return apiError("invalid_auth");
  if (method.scope !== undefined && !settings.scopes.includes(method.scope)) {
    return { ...missingScope(method.scope, settings.scopes), scopes: settings.scopes };
  }
  return { ...withWarnings(method.call(call, settings), call.warnings), scopes: settings.scopes };
}

function postMessage({ fields }: ApiCall, { workspace, rate, scopes }: ApiSettings): SlackReply {
  const wanted = textField(fields, "channel") ?? "";
  const found = workspace.channelById(wanted) ?? workspace.channelByName(wanted);
  // With it a bot posts to public channels that it has not joined; it cannot read them.
  const isOpen = scopes.includes("chat:write.public") && found?.isPrivate !== true;
  const channel = checkChannel(isOpen && found !== undefined ? { ...found, isMember: true } : found);
  if ("status" in channel) return channel;
  const content = readContent(fields);
  if (isContentProblem(content)) return contentError(content);
  const waitSeconds = rate?.take(channel.id) ?? 0;
  if (waitSeconds > 0) return apiRateLimited(waitSeconds);
  const threadTs = textField(fields, "thread_ts");
  const message = workspace.post({ channel, via: "api", content, ...(threadTs === undefined ? {} : { threadTs }) });
  return {
    status: 200,
    body: { ok: true, channel: channel.id, ts: message.ts, message: messageObject(message, { withPayload: true, replyCount: 0 }) },
  };
}

/** Unlike chat.postMessage it takes no channel names, only ids. */
function updateMessage({ fields }: ApiCall, { workspace }: ApiSettings): SlackReply {
  const channel = checkChannel(workspace.channelById(textField(fields, "channel") ?? ""));
  if ("status" in channel) return channel;
  const known = workspace.find(channel.id, textField(fields, "ts") ?? "");
  if (known === undefined) return apiError("message_not_found");
  const content = readContent(fields);
  if (isContentProblem(content)) return contentError(content);
  const message = workspace.update(known, content);
  const view = messageObject(message, { withPayload: true, replyCount: workspace.replyCount(message) });
  return { status: 200, body: { ok: true, channel: channel.id, ts: message.ts, text: message.text, message: view } };
}

/** It too takes no names. Which scope it needs depends on the kind of the channel. */
function history({ fields }: ApiCall, { workspace, scopes }: ApiSettings): SlackReply {
  const channel = workspace.channelById(textField(fields, "channel") ?? "");
  const needed = channel?.isPrivate === true ? "groups:history" : "channels:history";
  if (!scopes.includes(needed)) return missingScope(needed, scopes);
  if (channel === undefined || (channel.isPrivate === true && channel.isMember === false)) return apiError("channel_not_found");
  if (channel.isMember === false) return apiError("not_in_channel");
  return historyReply(workspace, channel, fields);
}

/** The channel when the bot may write there, otherwise the error. */
function checkChannel(channel: SlackChannel | undefined): SlackChannel | SlackReply {
  if (channel === undefined) return apiError("channel_not_found");
  if (channel.isPrivate === true && channel.isMember === false) return apiError("channel_not_found");
  if (channel.isArchived === true) return apiError("is_archived");
  return channel.isMember === false ? apiError("not_in_channel") : channel;
}

function contentError({ error, details }: ContentProblem): SlackReply {
  if (details.length === 0) return apiError(error);
  return apiError(error, { errors: details, response_metadata: { messages: details.map((detail) => `[ERROR] ${detail}`) } });
}

function authTest(url: string): Readonly<Record<string, unknown>> {
  const { user, team, bot_id: botId } = BOT;
  return {
    ok: true,
    url: `${url}/`,
    team: "Playground",
    user: "errand",
    team_id: team,
    user_id: user,
    bot_id: botId,
    is_enterprise_install: false,
  };
}

function withWarnings(reply: SlackReply, warnings: readonly string[]): SlackReply {
  if (warnings.length === 0 || typeof reply.body === "string") return reply;
  const metadata = reply.body["response_metadata"];
  const merged = { ...(typeof metadata === "object" ? metadata : {}), warnings };
  return { ...reply, body: { ...reply.body, warning: warnings.join(","), response_metadata: merged } };
}
