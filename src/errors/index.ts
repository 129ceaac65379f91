export { AbortError } from "./abort-error.ts";
export type { Attempt, RequestSummary, Stopped, Timings } from "./attempt.ts";
export { catalog, type ErrorCode } from "./catalog.ts";
export type { CatalogEntry } from "./catalog-entry.ts";
export { CircuitOpenError, type CircuitOpenErrorInit } from "./circuit-open-error.ts";
export { ConfigError, type ConfigErrorInit } from "./config-error.ts";
export { ConnectionError, DNSError, ProxyError } from "./connection-error.ts";
export { DecodeError, ValidationError, type DecodeErrorInit, type ValidationErrorInit, type ValidationIssue } from "./decode-error.ts";
export { ErrandError, type ErrandErrorInit } from "./errand-error.ts";
export {
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
} from "./guards.ts";
export { HTTPError, type HTTPErrorInit, type ResponseLike } from "./http-error.ts";
export { InvalidRequestError } from "./invalid-request-error.ts";
export { nearest } from "./nearest.ts";
export { RedirectRefusedError, TooManyRedirectsError, type TooManyRedirectsErrorInit } from "./redirect-error.ts";
export { RequestError, type RequestErrorInit } from "./request-error.ts";
export { ResponseTooLargeError, type ResponseTooLargeErrorInit } from "./response-too-large-error.ts";
export { DeadlineError, TimeoutError, type TimeoutErrorInit, type TimeoutPhase } from "./timeout-error.ts";
export { TLSError, type TLSErrorInit, type TLSFinding } from "./tls-error.ts";
