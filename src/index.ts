import { Session } from "./client/index.ts";

export { apiKey, basic, bearer, type Auth, type SigningRequest } from "./auth/index.ts";
export type { BodyOptions, BodySource, Files, FileSource, FormFields, Link, Problem } from "./body/index.ts";
export {
  ErrandResponse,
  ResponsePromise,
  Session,
  StreamResponse,
  type FallbackReason,
  type HeaderInput,
  type HeadersInput,
  type JSONOptions,
  type Middleware,
  type MiddlewareRequest,
  type Next,
  type Params,
  type PollOptions,
  type RequestOptions,
  type SessionOptions,
  type SharedOptions,
  type StandardSchema,
} from "./client/index.ts";
export {
  AbortError,
  ConfigError,
  ConnectionError,
  DeadlineError,
  DecodeError,
  DNSError,
  ErrandError,
  HTTPError,
  InvalidRequestError,
  isAbortError,
  isConfigError,
  isConnectionError,
  isDeadlineError,
  isDecodeError,
  isHTTPError,
  isInvalidRequestError,
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
export type { RedirectOptions } from "./redirect/index.ts";
export type { Duration, Failure, RateLimit, RetryOptions } from "./retry/index.ts";
export { secret, Secret } from "./secrets/index.ts";
export type { TLSOptions } from "./transport/index.ts";

/** A ready session without a base: `await errand.get("https://api.example.com/users")`. */
const errand = new Session();
export default errand;
