import { Session, type SessionOptions } from "../../client/index.ts";
import { ConfigError, InvalidRequestError } from "../../errors/index.ts";
import type { Secret } from "../../secrets/index.ts";
import { findChannelId, isChannelId } from "./channel-id.ts";
import { readHistory, type HistoryMessage, type HistoryOptions } from "./history.ts";
import { checkChannel, checkTs, invalidMessage, messageFields, type SlackMessage, type SlackUpdate } from "./message.ts";
import { postRetry } from "./post.ts";
import { WebApi, type ApiAnswer } from "./web-api.ts";
import { Webhook } from "./webhook.ts";

interface SlackSession {
  /**
   * A session whose connections are used, with its headers and TLS settings but its own rules of repeating replaced, or options for one of
   * its own.
   */
  readonly session?: SessionOptions | Session;
}

/** An incoming webhook posts to its own channel; a bot token to every channel that the app is in, and reads and changes too. */
export type SlackOptions = SlackSession &
  (
    | {
        /** Its URL: whoever has it can post. https, but on this machine. */
        readonly webhook: string | Secret;
      }
    | {
        readonly token: string | Secret;
        /** For calls that name none: `#deploys` or an id. */
        readonly channel?: string;
        /** @default "https://slack.com/api" */
        readonly url?: string;
      }
  );

/** Options of one call. */
export interface CallOptions {
  /** Cancels the call. @default none */
  readonly signal?: AbortSignal;
}

/** Where a message is. Both are undefined for a webhook, which does not tell. */
export interface Posted {
  /** The channel's id. */
  readonly channel: string | undefined;
  /** Its identity in the channel: for replies and updates. */
  readonly ts: string | undefined;
}

/** Who a token belongs to. */
export interface AuthTest {
  readonly team: string | undefined;
  readonly user: string | undefined;
  readonly url: string | undefined;
  readonly botId: string | undefined;
  /** What the token may do: `chat:write`, `channels:history`, ...; undefined when Slack does not say. */
  readonly scopes: readonly string[] | undefined;
}

/**
 * Posts to Slack, once: a message is repeated only after a 429, never when it may have arrived.
 *
 * @example
 * const slack = new Slack({ webhook: secret("env:SLACK_WEBHOOK") });
 * await slack.send({ text: `Deployed ${escapeText(image)}` });
 * await slack.close();
 */
export class Slack {
  readonly #own: Session | undefined;
  readonly #webhook: Webhook | undefined;
  readonly #api: WebApi | undefined;
  readonly #channel: string | undefined;

  /** @throws ConfigError (ERR_CONFIG) for a webhook or token that cannot be one; it is never quoted */
  constructor(options: SlackOptions) {
    const { webhook, token, channel, url, session } = {
      webhook: undefined,
      token: undefined,
      channel: undefined,
      url: undefined,
      ...options,
    };
    checkOptions({ webhook, token, channel });
    const root = isSession(session) ? session : new Session(session);
    const retry = isSession(session) ? undefined : session?.retry;
    this.#own = isSession(session) ? undefined : root;
    this.#channel = channel;
    if (token === undefined) this.#webhook = new Webhook(root.extend({ retry: postRetry(retry) }), webhook);
    else this.#api = new WebApi(root, { token, url: url ?? "https://slack.com/api", retry });
  }

  /**
   * Posts a message.
   *
   * @throws SlackError when Slack refuses or gives no answer (see its `mayHaveArrived`); AbortError when cancelled, and then too it may have
   * arrived; InvalidRequestError for a message that cannot be sent; ConfigError for a secret that cannot be read
   */
  async send(message: SlackMessage, { signal }: CallOptions = {}): Promise<Posted> {
    const { channel, threadTs } = message;
    const fields = { ...messageFields(message), ...(threadTs === undefined ? {} : { thread_ts: checkTs(threadTs, "threadTs") }) };
    if (this.#webhook !== undefined) {
      if (channel !== undefined)
        throw invalidMessage("a webhook posts to its own channel, and ignores any other", "Leave channel out, or use a token.");
      await this.#webhook.post(fields, signal);
      return { channel: undefined, ts: undefined };
    }
    return write(this.#needApi("send()"), { method: "chat.postMessage", fields: { ...fields, channel: this.#channelOr(channel) }, signal });
  }

  /** Replaces a message of the app's own. With a token only. @throws as {@link send} */
  async update(message: SlackUpdate, { signal }: CallOptions = {}): Promise<Posted> {
    const api = this.#needApi("update()");
    const fields = { ...messageFields(message), ts: checkTs(message.ts, "ts"), channel: this.#channelOr(message.channel) };
    return write(api, { method: "chat.update", fields, signal });
  }

  /** The messages of a channel, newest first. With a token only. @throws SlackError */
  async history(options: HistoryOptions = {}): Promise<readonly HistoryMessage[]> {
    const api = this.#needApi("history()");
    return readHistory({ ...options, channel: this.#channelOr(options.channel) }, (params) =>
      api.get("conversations.history", params, options.signal),
    );
  }

  /** Who the token belongs to; fails when it is not valid. With a token only. @throws SlackError */
  async authTest({ signal }: CallOptions = {}): Promise<AuthTest> {
    const { fields, scopes } = await this.#needApi("authTest()").authTest(signal);
    return { team: text(fields, "team"), user: text(fields, "user"), url: text(fields, "url"), botId: text(fields, "bot_id"), scopes };
  }

  /**
   * The id of a channel, which the history takes instead of a name; undefined when the app is in no channel of that name. With a token only,
   * and for a name with the scope `channels:read`, of a private channel `groups:read`.
   * @param channel by default the one given to Slack; an id is given back as it is
   * @throws SlackError
   */
  async channelId(channel?: string, { signal }: CallOptions = {}): Promise<string | undefined> {
    const api = this.#needApi("channelId()");
    const wanted = this.#channelOr(channel);
    if (isChannelId(wanted)) return wanted;
    const { scopes } = await api.authTest(signal);
    return findChannelId(wanted, scopes, (params) => api.get("users.conversations", params, signal));
  }

  /** Closes the connections; those of a session that was given stay open. */
  async close(): Promise<void> {
    await this.#own?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #channelOr(channel: string | undefined): string {
    return checkChannel(channel ?? this.#channel);
  }

  #needApi(what: string): WebApi {
    if (this.#api !== undefined) return this.#api;
    throw new InvalidRequestError({
      code: "ERR_INVALID_OPTION",
      message: `slack: ${what} needs a token`,
      hint: "A webhook can only post. Give { token } instead.",
    });
  }
}

interface Write {
  readonly method: string;
  readonly fields: Readonly<Record<string, unknown>> & { readonly channel: string };
  readonly signal: AbortSignal | undefined;
}

async function write(api: WebApi, { method, fields, signal }: Write): Promise<Posted> {
  const answer = await api.post(method, fields, { target: `to ${fields.channel}`, signal });
  return { channel: text(answer, "channel"), ts: text(answer, "ts") };
}

function checkOptions({ webhook, token, channel }: Readonly<Record<"webhook" | "token" | "channel", unknown>>): void {
  const problem =
    webhook === undefined && token === undefined
      ? "Slack needs a webhook or a token."
      : webhook !== undefined && token !== undefined
        ? "Slack takes a webhook or a token, not both."
        : webhook !== undefined && channel !== undefined
          ? "A Slack webhook posts to its own channel, and ignores any other."
          : undefined;
  if (problem !== undefined)
    throw new ConfigError({
      code: "ERR_CONFIG",
      message: problem,
      hint: 'For example { webhook: secret("env:SLACK_WEBHOOK") } or { token: secret("env:SLACK_TOKEN"), channel: "#deploys" }.',
    });
}

/** By its methods: the bundled command and a user's script have a Session class each. */
function isSession(value: SessionOptions | Session | undefined): value is Session {
  return value instanceof Session || (value !== undefined && "extend" in value && typeof value.extend === "function");
}

function text(answer: ApiAnswer, name: string): string | undefined {
  const value = answer[name];
  return typeof value === "string" ? value : undefined;
}
