import { Session } from "./client/index.ts";

export {
  apiKey,
  awsSigV4,
  basic,
  bearer,
  digest,
  netrc,
  oauth2ClientCredentials,
  type Auth,
  type AuthFetch,
  type AuthFetchResponse,
  type AWSSigV4Options,
  type HeaderLines,
  type OAuth2ClientCredentialsOptions,
  type RefusedResponse,
  type SigningRequest,
  type TokenSession,
} from "./auth/index.ts";
export type {
  BodyOptions,
  BodySource,
  DownloadProgress,
  Files,
  FileSource,
  FormFields,
  Link,
  Problem,
  Progress,
  ProgressListener,
  ServerSentEvent,
  UploadProgress,
} from "./body/index.ts";
export {
  ErrandResponse,
  ResponsePromise,
  Session,
  StreamResponse,
  type Cursor,
  type DownloadOptions,
  type DownloadResult,
  type EventsOptions,
  type FallbackReason,
  type HeaderInput,
  type HeadersInput,
  type JSONOptions,
  type Middleware,
  type MiddlewareRequest,
  type Next,
  type Page,
  type PageNumbering,
  type Paginated,
  type PaginateOptions,
  type Params,
  type PollOptions,
  type Reconnect,
  type RequestOptions,
  type SessionOptions,
  type SharedOptions,
  type StandardSchema,
} from "./client/index.ts";
export { CookieJar, type Cookie, type CookieJarOptions, type CookieLimits, type CookiePlace, type SavedCookies } from "./cookies/index.ts";
export {
  AbortError,
  CircuitOpenError,
  ConfigError,
  ConnectionError,
  DeadlineError,
  DecodeError,
  DNSError,
  ErrandError,
  HTTPError,
  InvalidRequestError,
  isAbortError,
  isCircuitOpenError,
  isConfigError,
  isConnectionError,
  isDeadlineError,
  isDecodeError,
  isHTTPError,
  isInvalidRequestError,
  isProxyError,
  isRequestError,
  isTimeoutError,
  isTLSError,
  isValidationError,
  ProxyError,
  RedirectRefusedError,
  RequestError,
  ResponseTooLargeError,
  TimeoutError,
  TLSError,
  TooManyRedirectsError,
  ValidationError,
  type Attempt,
  type ErrorCode,
  type RequestSummary,
  type Stopped,
  type Timings,
  type TLSFinding,
  type ValidationIssue,
} from "./errors/index.ts";
export type { BreakerOptions, CircuitChange, CircuitState, LimitOptions, Rate, RateOption, RateOptions } from "./limit/index.ts";
export type { ProxyOption, ProxySettings } from "./proxy/index.ts";
export type { RedirectOptions } from "./redirect/index.ts";
export type { Duration, Failure, RateLimit, RetryOptions } from "./retry/index.ts";
export { secret, Secret } from "./secrets/index.ts";
export type { HTTPAttributes, RequestFailure, RequestMessage, TracerSource, TracingOptions } from "./telemetry/index.ts";
export type { TLSOptions } from "./transport/index.ts";

/** A ready session without a base: `await errand.get("https://api.example.com/users")`. */
const errand = new Session();
export default errand;
