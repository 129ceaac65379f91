import { bearer } from "../../auth/index.ts";
import type { ErrandResponse, Session, SessionOptions } from "../../client/index.ts";
import { ConfigError } from "../../errors/index.ts";
import type { RetryOptions } from "../../retry/index.ts";
import { isSecret, redactUrl, type Secret } from "../../secrets/index.ts";
import { noAnswer, refusal } from "./failures.ts";
import { maxAnswerBytes, postHeaders, postRetry } from "./post.ts";
import { jsonFields } from "./read-refusal.ts";
import { addressProblem } from "./web-address.ts";

/** An answer with `ok: true`. */
export type ApiAnswer = Readonly<Record<string, unknown>>;

export interface WebApiOptions {
  readonly token: string | Secret;
  readonly url: string;
  /** Of the session's options. */
  readonly retry: RetryOptions | false | undefined;
}

/** Slack's Web API: methods by POST that are sent once, and reads by GET. */
export class WebApi {
  readonly #write: Session;
  readonly #read: Session;

  /** @throws ConfigError (ERR_CONFIG) for an address or a token that cannot be used */
  constructor(session: Session, { token, url, retry }: WebApiOptions) {
    checkToken(token);
    checkUrl(url);
    const options: SessionOptions = { baseUrl: url, auth: bearer(token), redirect: false, maxResponseSize: maxAnswerBytes };
    this.#read = session.extend(options);
    this.#write = session.extend({ ...options, retry: postRetry(retry) });
  }

  /** @throws SlackError */
  async post(
    method: string,
    fields: Readonly<Record<string, unknown>>,
    { target, signal }: { target: string; signal: AbortSignal | undefined },
  ): Promise<ApiAnswer> {
    const asked = { subject: `Slack ${method} ${target}`, isWrite: true };
    return (await settle(this.#write.post(`/${method}`, { json: fields, headers: postHeaders, signal }), asked)).fields;
  }

  /** @throws SlackError */
  async get(
    method: string,
    params: Readonly<Record<string, string | number | boolean | undefined>>,
    signal: AbortSignal | undefined,
  ): Promise<ApiAnswer> {
    return (await this.#settleRead(method, params, signal)).fields;
  }

  /** auth.test, and the scopes that the answer's header names; undefined when it names none. @throws SlackError */
  async authTest(signal: AbortSignal | undefined): Promise<{ readonly fields: ApiAnswer; readonly scopes: readonly string[] | undefined }> {
    const { fields, response } = await this.#settleRead("auth.test", {}, signal);
    const scopes = response.header("x-oauth-scopes")?.split(",");
    return { fields, scopes: scopes?.map((scope) => scope.trim()).filter((scope) => scope !== "") };
  }

  #settleRead(method: string, params: Parameters<WebApi["get"]>[1], signal: AbortSignal | undefined): Promise<Settled> {
    return settle(this.#read.get(`/${method}`, { params, signal }), { subject: `Slack ${method}`, isWrite: false });
  }
}

interface Settled {
  readonly fields: ApiAnswer;
  readonly response: ErrandResponse;
}

/** HTTP 200 says nothing: most errors come with it, as `{"ok":false,"error":"..."}`. */
async function settle(call: PromiseLike<ErrandResponse>, asked: Parameters<typeof refusal>[1]): Promise<Settled> {
  let response: ErrandResponse;
  try {
    response = await call;
  } catch (error) {
    throw noAnswer(error, asked);
  }
  const fields = jsonFields(response.text().trim());
  if (response.status !== 200 || fields?.["ok"] !== true) throw refusal(response, asked);
  return { fields, response };
}

function checkToken(token: unknown): void {
  if (isSecret(token)) return;
  if (typeof token === "string" && /^https?:/i.test(token.trim())) throw invalid("The Slack token is a URL.", "Give it as webhook.");
  if (typeof token !== "string" || token === "")
    throw invalid("The Slack token is missing.", 'For example { token: secret("env:SLACK_TOKEN") }.');
}

function checkUrl(url: string): void {
  const found = typeof url === "string" ? addressProblem(url) : { problem: "is not a string", remedy: undefined };
  if (found !== undefined)
    throw invalid(`The URL of Slack's Web API${typeof url === "string" ? ` (${redactUrl(url)})` : ""} ${found.problem}.`, found.remedy);
}

function invalid(message: string, hint: string | undefined): ConfigError {
  return new ConfigError({ code: "ERR_CONFIG", message, hint });
}
