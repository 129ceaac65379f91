/** Lower-case names of headers that hold credentials: hidden when shown, and not sent along to another origin. */
export const credentialHeaders: ReadonlySet<string> = new Set(
  words([
    // RFC 9110, RFC 6265 and near relatives
    "authorization proxy-authorization cookie cookie2 set-cookie set-cookie2 dpop",
    "x-authorization x-original-authorization x-forwarded-authorization x-serverless-authorization",
    // Keys
    "x-api-key api-key apikey x-apikey api_key x-access-key x-secret-key x-secret x-client-secret",
    "ocp-apim-subscription-key x-functions-key x-goog-api-key x-rapidapi-key x-mashape-key fastly-key x-auth-key",
    "x-auth-user-service-key dd-api-key dd-application-key x-insert-key x-license-key x-query-key x-honeycomb-team",
    "x-jfrog-art-api x-nuget-apikey x-octopus-apikey x-bugsnag-api x-ms-blob-encryption-key x-amz-server-side-encryption-customer-key",
    // Tokens
    "x-auth-token x-auth auth-token x-access-token access-token x-id-token x-refresh-token x-session-token x-session-id",
    "x-token x-user-token x-client-token x-service-token x-subject-token x-storage-token x-api-token api-token",
    "x-jwt-token x-jwt-assertion x-csrf-token x-xsrf-token csrf-token",
    "private-token job-token deploy-token x-gitlab-token x-github-token circle-token x-rundeck-auth-token",
    "x-vault-token x-consul-token x-nomad-token x-nomad-secret-id x-shopify-access-token x-plex-token",
    "x-amz-security-token x-aws-ec2-metadata-token x-amzn-oidc-accesstoken x-amzn-oidc-data x-goog-iap-jwt-assertion",
    "x-ms-token-aad-access-token x-ms-token-aad-id-token x-ms-authorization-auxiliary x-forwarded-access-token",
    "x-telegram-bot-api-secret-token x-sentry-auth x-registry-auth x-registry-config",
    // Signatures
    "x-slack-signature x-hub-signature x-hub-signature-256 stripe-signature x-twilio-signature webhook-signature",
    "svix-signature x-signature x-amz-signature x-tfe-notification-signature",
  ]),
);

/** Lower-case names of query parameters that hold credentials. */
export const credentialParams: ReadonlySet<string> = new Set(
  words([
    "access_token refresh_token id_token id_token_hint token auth_token session_token private_token job_token",
    "personal_access_token oauth_token bearer_token bearer jwt assertion client_assertion saml_response samlresponse",
    "api_key apikey api-key x-api-key key access_key accesskey secret_key private_key subscription-key",
    "password passwd pass pwd passphrase secret client_secret webhook_secret credential credentials",
    "auth authorization code code_verifier otp session session_id sessionid sid ticket",
    "sig signature hmac oauth_signature oauth_verifier",
    "x-amz-signature x-amz-credential x-amz-security-token awsaccesskeyid security-token",
    "x-goog-signature x-goog-credential googleaccessid",
  ]),
);

/** Names of fields, without punctuation, that hold credentials in documents; more are known by how they end. */
const credentialFields = new Set([
  "pass",
  "pwd",
  "auth",
  "jwt",
  "sig",
  "signature",
  "dockerconfigjson",
  "clientkeydata",
  "setcookie",
  "accesskeyid",
  "sessionid",
]);
const CREDENTIAL_ENDING =
  /(?:password|passwd|passphrase|secret|token|apikey|secretkey|privatekey|secretaccesskey|accountkey|authorization|cookie)$/;
/** They end alike but mark a place in a list, or name an object. */
const HARMLESS_ENDING = /(?:(?:page|next|continue|continuation|sync)token|(?:existing|pull)secret)$/;
const CREDENTIAL_HEADER_ENDING = /(?:^|[-_])(?:token|secret|password|api[-_]?key|signature|credentials?|authorization|cookie)$/;

/** True for the headers of the list and for those whose name ends like theirs (`x-acme-token`). */
export function isCredentialHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return credentialHeaders.has(lower) || CREDENTIAL_HEADER_ENDING.test(lower);
}

/** True for the parameters of the list and for those that are credentials by their name anywhere. `user[password]` counts as `password`. */
export function isCredentialParam(name: string): boolean {
  const inner = /\[([^[\]]+)\]$/.exec(name)?.[1] ?? name;
  return credentialParams.has(inner.toLowerCase()) || isCredentialField(inner);
}

/** True when a field of a document, an environment variable or an option is a credential by its name. */
export function isCredentialField(name: string): boolean {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, "");
  return credentialFields.has(plain) || (CREDENTIAL_ENDING.test(plain) && !HARMLESS_ENDING.test(plain));
}

function words(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => line.split(" "));
}
