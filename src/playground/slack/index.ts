import { send, sendJson } from "../server.ts";
import { RequestProblem, startStandIn, type StandIn, type StandInExchange } from "../stand-in.ts";
import { FailureQueue, type SlackFailure } from "./failures.ts";
import { inboxPage } from "./inbox-page.ts";
import { MessageRate, type SlackRateLimit } from "./rate-limit.ts";
import { failureReply, type SlackReply } from "./reply.ts";
import { answerApi } from "./web-api.ts";
import { answerWebhook } from "./webhook.ts";
import { Workspace, type SlackChannel, type SlackMessage } from "./workspace.ts";

export type { SlackFailure } from "./failures.ts";
export type { SlackRateLimit } from "./rate-limit.ts";
export type { SlackChannel, SlackMessage, SlackMetadata } from "./workspace.ts";

/** Of {@link startSlack}. */
export interface SlackOptions {
  /** Default: the kernel chooses. */
  readonly port?: number;
  /** The one token that the Web API accepts. Default `xoxb-playground`. */
  readonly botToken?: string;
  /** The path of the incoming webhook. Default `/services/T0ERRAND01/B0ERRAND01/playground`. */
  readonly webhookPath?: string;
  /** The channel that the webhook posts to. Default `deploys`. */
  readonly webhookChannel?: string;
  /** Default: general, deploys, alerts, retired (archived) and leadership (the bot is no member). */
  readonly channels?: readonly SlackChannel[];
  /** Default: chat:write, channels:history and channels:read. */
  readonly scopes?: readonly string[];
  /** Slack's limit of about one message per second and channel. Default: none. */
  readonly rateLimit?: SlackRateLimit;
  /** Milliseconds since the epoch. Default: Date.now. */
  readonly now?: () => number;
}

/** A running stand-in for Slack. */
export interface SlackStandIn extends StandIn {
  /** The whole URL of the incoming webhook: the secret, in the real service. */
  readonly webhookUrl: string;
  /** The base of the Web API's methods: `http://127.0.0.1:40123/api`. */
  readonly apiUrl: string;
  readonly botToken: string;
  /** What arrived, in order; a live list. `GET /inbox` shows it as a page, or as JSON by Accept. */
  readonly inbox: readonly SlackMessage[];
  /** Makes the next calls fail, webhook and Web API alike; several are served one after the other. */
  failNext(failure?: SlackFailure): void;
}

const DEFAULT_CHANNELS: readonly SlackChannel[] = [
  { id: "C01GENERAL", name: "general" },
  { id: "C02DEPLOYS", name: "deploys" },
  { id: "C03ALERTS", name: "alerts" },
  { id: "C04RETIRED", name: "retired", isArchived: true },
  { id: "C05LEADERS", name: "leadership", isMember: false },
];

/**
 * Starts a stand-in for Slack: an incoming webhook, and auth.test, chat.postMessage, chat.update, conversations.history and
 * users.conversations of the Web API, with Slack's errors, scopes and limits. Like Slack it knows no Idempotency-Key: a repeated call posts twice.
 */
export async function startSlack(options: SlackOptions = {}): Promise<SlackStandIn> {
  const { port, botToken = "xoxb-playground", webhookPath = "/services/T0ERRAND01/B0ERRAND01/playground", now = Date.now } = options;
  const workspace = new Workspace(options.channels ?? DEFAULT_CHANNELS, now);
  const rate = options.rateLimit === undefined ? undefined : new MessageRate(options.rateLimit, now);
  const failures = new FailureQueue();
  const scopes = options.scopes ?? ["chat:write", "channels:history", "channels:read"];
  const api = { workspace, rate, botToken, scopes, url: () => standIn.url };
  const webhook = { workspace, rate, path: webhookPath, channelName: options.webhookChannel ?? "deploys" };

  const handle = async (exchange: StandInExchange): Promise<void> => {
    const { path, request, connections } = exchange;
    if (path === "/inbox" || path === "/") return answerInbox(exchange, workspace.messages);
    const isApi = path.startsWith("/api/");
    if (!isApi && path !== webhookPath && !path.startsWith("/services/"))
      throw new RequestProblem(404, `No route ${path}. Try ${webhookPath}, /api/METHOD or /inbox`);
    const failure = failures.take();
    const answer = (): Promise<SlackReply> => (isApi ? answerApi(exchange, api) : answerWebhook(exchange, webhook));
    if (failure === undefined) return sendReply(exchange, await answer());
    if (failure.isDelivered === true) await answer();
    else request.resume();
    if (failure.isReset === true) return connections.reset(request);
    return sendReply(exchange, failureReply(failure, isApi ? "api" : "webhook"));
  };
  const standIn = await startStandIn("slack", handle, port);
  return {
    ...standIn,
    webhookUrl: standIn.url + webhookPath,
    apiUrl: `${standIn.url}/api`,
    botToken,
    inbox: workspace.messages,
    failNext: (failure = {}) => failures.add(failure),
  };
}

function sendReply({ response }: StandInExchange, { status, body, retryAfterSeconds, scopes }: SlackReply): void {
  const headers: Record<string, string> = {
    ...(retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) }),
    ...(scopes === undefined ? {} : { "x-oauth-scopes": scopes.join(",") }),
  };
  if (typeof body === "string") send(response, { status, body, headers: { "content-type": "text/html", ...headers } });
  else sendJson(response, { status, json: body, headers: { "content-type": "application/json; charset=utf-8", ...headers } });
}

function answerInbox({ request, response }: StandInExchange, messages: readonly SlackMessage[]): void {
  const accept = request.headers.accept ?? "";
  if (accept.includes("application/json")) return sendJson(response, { status: 200, json: messages });
  const policy = "default-src 'none'; style-src 'unsafe-inline'";
  return send(response, {
    status: 200,
    body: inboxPage(messages),
    headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": policy },
  });
}
