export { apiKey } from "./api-key.ts";
export {
  isAuth,
  type Auth,
  type AuthFetch,
  type AuthFetchResponse,
  type HeaderLines,
  type RefusedResponse,
  type SigningRequest,
} from "./auth.ts";
export { awsSigV4, type AWSSigV4Options } from "./sigv4/aws-sig-v4.ts";
export { basic } from "./basic.ts";
export { bearer } from "./bearer.ts";
export { digest } from "./digest/digest.ts";
export { hashBody } from "./hash-body.ts";
export { netrc } from "./netrc/netrc.ts";
export { oauth2ClientCredentials, type OAuth2ClientCredentialsOptions, type TokenSession } from "./oauth2/client-credentials.ts";
