import { readBody } from "../server.ts";
import type { StandInExchange } from "../stand-in.ts";
import { isContentProblem, readContent, type Fields } from "./content.ts";
import type { MessageRate } from "./rate-limit.ts";
import { webhookRateLimited, webhookReply, type SlackReply } from "./reply.ts";
import type { Workspace } from "./workspace.ts";

export interface WebhookSettings {
  readonly workspace: Workspace;
  readonly rate: MessageRate | undefined;
  /** `/services/TEAM/SERVICE/TOKEN`, or any other path. */
  readonly path: string;
  /** The name of the one channel it posts to; a `channel` in the payload is ignored, as for all webhooks of apps. */
  readonly channelName: string;
}

/** Answers a call to an incoming webhook. */
export async function answerWebhook({ request, method, path }: StandInExchange, settings: WebhookSettings): Promise<SlackReply> {
  const { workspace, rate, channelName } = settings;
  const body = (await readBody(request)).toString("utf8");
  const wrongPath = checkPath(path, settings.path);
  if (wrongPath !== undefined) return wrongPath;
  const fields = method === "POST" ? readPayload(body, request.headers["content-type"] ?? "") : undefined;
  if (fields === undefined) return webhookReply(400, "invalid_payload");
  const channel = workspace.channelByName(channelName);
  if (channel === undefined) return webhookReply(404, "channel_not_found");
  if (channel.isArchived === true) return webhookReply(410, "channel_is_archived");
  const content = readContent(fields);
  if (isContentProblem(content)) return webhookReply(400, content.error);
  const waitSeconds = rate?.take(channel.id) ?? 0;
  if (waitSeconds > 0) return webhookRateLimited(waitSeconds);
  const threadTs = fields["thread_ts"];
  workspace.post({ channel, via: "webhook", content, ...(typeof threadTs === "string" ? { threadTs } : {}) });
  return webhookReply(200, "ok");
}

/** Slack says which part of the secret path is wrong. */
function checkPath(path: string, right: string): SlackReply | undefined {
  if (path === right) return undefined;
  const given = path.split("/");
  const wanted = right.split("/");
  if (wanted.length !== 5 || given.length !== 5) return webhookReply(404, "no_service");
  if (given[2] !== wanted[2]) return webhookReply(404, "no_team");
  return given[3] === wanted[3] ? webhookReply(403, "invalid_token") : webhookReply(404, "no_service");
}

/** A JSON object, as it is or in the form field `payload`. */
function readPayload(body: string, contentType: string): Fields | undefined {
  const isForm = contentType.toLowerCase().startsWith("application/x-www-form-urlencoded");
  try {
    const value: unknown = JSON.parse(isForm ? (new URLSearchParams(body).get("payload") ?? "") : body);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : undefined;
  } catch {
    return undefined; // The caller answers invalid_payload.
  }
}
