import type { Duration } from "../../retry/index.ts";
import { asSecret } from "../header-auth.ts";
import { invalidOption, readOptions, readText } from "../maker-options.ts";
import type { OAuth2ClientCredentialsOptions, TokenSession } from "./client-credentials.ts";
import type { TokenRequestInit } from "./token-request.ts";

const maker = "oauth2ClientCredentials()";
const names = ["tokenUrl", "clientId", "clientSecret", "scope", "audience", "params", "authStyle", "leeway", "session"];

/** Fields that have options of their own, or must be what they are. */
const reserved: Readonly<Record<string, string>> = {
  grant_type: "it is client_credentials",
  client_id: "give clientId",
  client_secret: "give clientSecret",
  scope: "give scope",
  audience: "give audience",
};

export interface ClientOptions {
  readonly init: TokenRequestInit;
  readonly leeway: Duration;
  readonly session: TokenSession | undefined;
}

/** @throws InvalidRequestError ERR_INVALID_OPTION that names the option */
export function readClientOptions(options: OAuth2ClientCredentialsOptions): ClientOptions {
  const {
    tokenUrl,
    clientId,
    clientSecret,
    scope,
    audience,
    params = {},
    authStyle = "header",
    leeway = "60s",
    session,
  } = readOptions(options, { maker, names });
  if (authStyle !== "header" && authStyle !== "body") throw invalidOption(`authStyle of ${maker} must be "header" or "body"`);
  if (session !== undefined && typeof session?.request !== "function") throw invalidOption(`session of ${maker} must be a Session`);
  // RFC 6749 appendix A: visible ASCII and blanks.
  const text = { pattern: /^[ -~]+$/ };
  const init: TokenRequestInit = {
    tokenUrl: checkTokenUrl(tokenUrl),
    clientId: readText(clientId, `clientId of ${maker}`, { pattern: /^[^\u0000-\u001f\u007f-\u009f]+$/, means: "the client's id" }),
    clientSecret: asSecret(clientSecret, { maker, label: "clientSecret" }),
    scope:
      scope === undefined
        ? undefined
        : readText(scope, `scope of ${maker}`, { ...text, means: 'scopes separated by blanks, e.g. "read write"' }),
    audience: audience === undefined ? undefined : readText(audience, `audience of ${maker}`, { ...text, means: "the API's identifier" }),
    params: checkParams(params),
    authStyle,
  };
  return { init, leeway, session };
}

/** RFC 6749 3.2: no fragment. Userinfo would be a second client. */
function checkTokenUrl(value: unknown): string {
  const text = value instanceof URL ? value.href : value;
  const url = typeof text === "string" && URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.hash === "" && url.username === "" && url.password === "") return url.href;
  throw invalidOption(
    `tokenUrl of ${maker} must be an absolute http(s) URL without fragment and userinfo`,
    'E.g. "https://auth.example.com/oauth/token".',
  );
}

function checkParams(params: unknown): Readonly<Record<string, string>> {
  if (typeof params !== "object" || params === null || Array.isArray(params))
    throw invalidOption(`params of ${maker} must be an object of texts`);
  for (const [name, value] of Object.entries(params)) {
    if (Object.hasOwn(reserved, name)) throw invalidOption(`params.${name} of ${maker} cannot be set: ${reserved[name]}`);
    if (typeof value !== "string") throw invalidOption(`params.${name} of ${maker} must be a text`);
  }
  return { ...params };
}
