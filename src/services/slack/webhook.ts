import type { ErrandResponse, Session } from "../../client/index.ts";
import { ConfigError } from "../../errors/index.ts";
import { isSecret, literalSecret, openSecret, type Secret } from "../../secrets/index.ts";
import { noAnswer, refusal } from "./failures.ts";
import { maxAnswerBytes, postHeaders } from "./post.ts";
import { addressProblem } from "./web-address.ts";

/**
 * An incoming webhook. Whoever has its URL can post: it is shown by its reference only.
 *
 * @see https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 */
export class Webhook {
  readonly #session: Session;
  readonly #url: Secret;

  /** @throws ConfigError (ERR_CONFIG) for a string that is no webhook's URL; the URL is never quoted */
  constructor(session: Session, url: unknown) {
    this.#session = session;
    this.#url = isSecret(url) ? url : literalSecret(checkUrl(url, undefined), "Slack webhook");
  }

  /** Posts once, but for a 429. @throws SlackError; ConfigError when the secret cannot be read or is no webhook's URL */
  async post(fields: Readonly<Record<string, unknown>>, signal: AbortSignal | undefined): Promise<void> {
    const url = checkUrl(await openSecret(this.#url), this.#url.reference);
    const asked = {
      subject: this.#url.reference === "Slack webhook" ? "Slack webhook" : `Slack webhook ${this.#url.reference}`,
      isWrite: true,
    };
    let response: ErrandResponse;
    try {
      response = await this.#session.post(url, {
        json: fields,
        headers: postHeaders,
        // The credential is in the path: no session's may go along, and no other host may get the message.
        auth: null,
        redirect: false,
        allowAbsolute: true,
        maxResponseSize: maxAnswerBytes,
        signal,
      });
    } catch (error) {
      throw noAnswer(error, asked);
    }
    if (response.status !== 200 || response.text().trim() !== "ok") throw refusal(response, asked);
  }
}

function checkUrl(url: unknown, reference: string | undefined): string {
  const found =
    typeof url === "string"
      ? (addressProblem(url) ?? pathProblem(url))
      : { problem: "is not a string or a Secret", remedy: 'For example secret("env:SLACK_WEBHOOK").' };
  if (found === undefined && typeof url === "string") return url;
  throw new ConfigError({
    code: "ERR_CONFIG",
    message: `The URL of the Slack webhook${reference === undefined ? "" : ` (${reference})`} ${found?.problem}.`,
    hint: found?.remedy,
  });
}

function pathProblem(url: string): { readonly problem: string; readonly remedy: string } | undefined {
  if (new URL(url).pathname !== "/") return undefined;
  return { problem: "has no path", remedy: "Copy it whole from Slack: https://hooks.slack.com/services/ and three parts." };
}
