import { RequestError } from "../../errors/index.ts";
import { redactText, redactUrl } from "../../secrets/index.ts";

/** What the words of RFC 6749 5.2 mean for whoever reads the message. */
const remedies: Readonly<Record<string, string>> = {
  invalid_client:
    'Check clientId and clientSecret, and whether this server takes them as Basic or in the form: authStyle: "header" | "body".',
  invalid_scope: "Check scope: the client is not allowed one of them, or there is none of that name.",
  invalid_target: "Check audience and params.resource.",
  unauthorized_client: "Allow the client the grant type client_credentials at the authorization server.",
  unsupported_grant_type: "Check tokenUrl: this endpoint does not know client_credentials.",
  invalid_request: "The server misses a parameter or has one too many: see its documentation for audience, scope and params.",
};

export interface TokenProblem {
  /** A clause: "the server refused the client". */
  readonly problem: string;
  /** The server's error word, where there was one. */
  readonly word?: string | undefined;
  readonly cause?: unknown;
}

/** No token, so no request. Nothing of the answer's body but its error fields is shown, and these redacted. */
export function tokenError(tokenUrl: string, { problem, word, cause }: TokenProblem): RequestError {
  const url = redactUrl(tokenUrl);
  return new RequestError({
    code: "ERR_OAUTH_TOKEN",
    message: redactText(`no access token from ${url}: ${problem}`),
    hint: remedies[word ?? ""] ?? "Try the token endpoint by itself, and compare tokenUrl with the server's documentation.",
    request: { method: "POST", url },
    ...(cause === undefined ? {} : { cause }),
  });
}
