import { durationMs, type Duration } from "../../retry/index.ts";
import { redactUrl, refreshSecret, type Secret } from "../../secrets/index.ts";
import type { Auth, AuthFetch, AuthFetchResponse, RefusedResponse, SigningRequest } from "../auth.ts";
import { systemClock, type Clock } from "../clock.ts";
import { LabelledAuth } from "../labelled-auth.ts";
import { AccessToken } from "./access-token.ts";
import { readClientOptions } from "./client-options.ts";
import { tokenError } from "./token-error.ts";
import { tokenRequest, type TokenRequestInit } from "./token-request.ts";
import { readTokenResponse } from "./token-response.ts";

/** Sends the token request in place of the calling session; a Session is one. */
export interface TokenSession {
  request(method: string, url: string, options: TokenSessionOptions): PromiseLike<AuthFetchResponse>;
}

export interface TokenSessionOptions {
  readonly headers: Readonly<Record<string, string | Secret>>;
  readonly form: Readonly<Record<string, string | Secret>>;
  readonly auth: null;
  readonly allowAbsolute: true;
  readonly redirect: false;
  readonly retry: { readonly methods: readonly ["POST"] };
}

/** Where a token comes from, and for whom. */
export interface OAuth2ClientCredentialsOptions {
  /** The token endpoint. */
  readonly tokenUrl: string | URL;
  /** The client, as the server knows it. */
  readonly clientId: string;
  /** The client's secret; sent to the token endpoint alone. */
  readonly clientSecret: string | Secret;
  /** Several in one text, separated by blanks. */
  readonly scope?: string;
  /** Which API the token is for, where the server wants that (Auth0, Okta). */
  readonly audience?: string;
  /** Further fields of the token request, e.g. `{ resource: "https://api.example.com" }`. */
  readonly params?: Readonly<Record<string, string>>;
  /** How the client proves itself: Basic, or fields of the form. @default "header" */
  readonly authStyle?: "header" | "body";
  /** How long before its end a token is renewed at the latest; up to twice as long, so that not all renew at once. @default "60s" */
  readonly leeway?: Duration;
  /** Asks for the tokens, e.g. one with the client certificate of the token endpoint. @default the connections of the session that calls */
  readonly session?: TokenSession;
}

/** A token that replaced a refused one and is refused as well within this time is not the reason. */
const replacementRestMs = 10_000;
/** After a renewal that failed while the old token still works. */
const retryRenewalAfterMs = 5_000;

/**
 * OAuth 2 client credentials (RFC 6749 4.4): a token is fetched at the first call, kept, renewed before it expires and once after a 401.
 * Calls that run side by side wait for one fetch.
 *
 * @example oauth2ClientCredentials({ tokenUrl: "https://auth.example.com/oauth/token", clientId: "deployer", clientSecret: secret("env:CLIENT_SECRET") })
 * @throws InvalidRequestError `ERR_INVALID_OPTION` for an unknown or missing option; when signing, RequestError `ERR_OAUTH_TOKEN` when the token
 * endpoint gives none, with its own error word
 */
export function oauth2ClientCredentials(options: OAuth2ClientCredentialsOptions): Auth {
  return new ClientCredentials(options);
}

/** @internal the clock is replaced by tests */
export class ClientCredentials extends LabelledAuth implements Auth {
  readonly #init: TokenRequestInit;
  readonly #leewayMs: number;
  readonly #session: TokenSession | undefined;
  readonly #clock: Clock;
  readonly #signedWith = new WeakMap<SigningRequest, AccessToken>();
  #token: AccessToken | undefined;
  #fetching: Promise<AccessToken> | undefined;
  #renewNotBeforeMs = -Infinity;

  constructor(options: OAuth2ClientCredentialsOptions, clock: Clock = systemClock) {
    const { init, leeway, session } = readClientOptions(options);
    super("oauth2", redactUrl(init.tokenUrl));
    this.#init = init;
    this.#leewayMs = durationMs(leeway, "leeway of oauth2ClientCredentials()");
    this.#session = session;
    this.#clock = clock;
  }

  sign(request: SigningRequest): void | Promise<void> {
    if (request.hasHeader("authorization")) return;
    const token = this.#token;
    const nowMs = this.#clock.monotonic();
    if (token !== undefined && (nowMs < token.renewAtMs || (nowMs < token.expiresAtMs && nowMs < this.#renewNotBeforeMs))) {
      return this.#use(token, request);
    }
    return this.#renewed(request, token).then((fresh) => this.#use(fresh, request));
  }

  /** True when there is another token than the refused one; the first call to be refused fetches it for all. */
  challenge(response: RefusedResponse, request: SigningRequest): boolean | Promise<boolean> {
    const used = this.#signedWith.get(request);
    if (response.status !== 401 || used === undefined) return false;
    if (this.#token !== used) return true;
    if (used.isReplacement && this.#clock.monotonic() - used.obtainedAtMs < replacementRestMs) return false;
    this.#token = undefined;
    return this.#fetch(request, true).then((token) => !token.equals(used));
  }

  #use(token: AccessToken, request: SigningRequest): void {
    token.sign(request);
    this.#signedWith.set(request, token);
  }

  async #renewed(request: SigningRequest, old: AccessToken | undefined): Promise<AccessToken> {
    try {
      return await this.#fetch(request, false);
    } catch (error) {
      const nowMs = this.#clock.monotonic();
      if (old === undefined || nowMs >= old.expiresAtMs) throw error;
      // The old token works for a while yet, and so the token endpoint's outage is no error of this call. The next ones will see.
      this.#renewNotBeforeMs = nowMs + retryRenewalAfterMs;
      return old;
    }
  }

  #fetch(request: SigningRequest, isReplacement: boolean): Promise<AccessToken> {
    this.#fetching ??= this.#ask(request, isReplacement).finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #ask(request: SigningRequest, isReplacement: boolean): Promise<AccessToken> {
    const { tokenUrl, clientSecret } = this.#init;
    const askedAtMs = this.#clock.monotonic();
    let response = await this.#send(request);
    // The secret may have been rotated since it was read. RFC 6749 5.2: 401 or 400.
    if ((response.status === 401 || response.status === 400) && (await refreshSecret(clientSecret))) response = await this.#send(request);
    const granted = await readTokenResponse(tokenUrl, response);
    const origin = new URL(tokenUrl).host;
    this.#token = new AccessToken({ granted, askedAtMs, leewayMs: this.#leewayMs, random: this.#clock.random(), origin, isReplacement });
    return this.#token;
  }

  async #send(request: SigningRequest): Promise<AuthFetchResponse> {
    const { tokenUrl } = this.#init;
    const asked = tokenRequest(this.#init);
    try {
      if (this.#session !== undefined) return await sendWith(this.#session, asked);
      if (request.fetch === undefined) throw new TypeError("this request comes without a session");
      return await request.fetch(asked);
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : "the request failed";
      throw tokenError(tokenUrl, { problem, cause });
    }
  }
}

function sendWith(session: TokenSession, { url, headers, form }: AuthFetch): PromiseLike<AuthFetchResponse> {
  return session.request("POST", url, { headers, form, auth: null, allowAbsolute: true, redirect: false, retry: { methods: ["POST"] } });
}
