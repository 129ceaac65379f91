import { AbortError } from "./abort-error.ts";
import { CircuitOpenError } from "./circuit-open-error.ts";
import { ConfigError } from "./config-error.ts";
import { ConnectionError, ProxyError } from "./connection-error.ts";
import { DecodeError, ValidationError } from "./decode-error.ts";
import { HTTPError } from "./http-error.ts";
import { InvalidRequestError } from "./invalid-request-error.ts";
import { RequestError } from "./request-error.ts";
import { DeadlineError, TimeoutError } from "./timeout-error.ts";
import { TLSError } from "./tls-error.ts";

/** True for every error of a call. */
export const isRequestError = (error: unknown): error is RequestError => error instanceof RequestError;
/** True for a 4xx or 5xx that was raised. */
export const isHTTPError = (error: unknown): error is HTTPError => error instanceof HTTPError;
/** True when the connection failed: DNS, refused, reset, closed, malformed. */
export const isConnectionError = (error: unknown): error is ConnectionError => error instanceof ConnectionError;
/** True when the proxy failed or refused, not the target. */
export const isProxyError = (error: unknown): error is ProxyError => error instanceof ProxyError;
/** True when certificate or handshake failed. */
export const isTLSError = (error: unknown): error is TLSError => error instanceof TLSError;
/** True when one attempt took too long. */
export const isTimeoutError = (error: unknown): error is TimeoutError => error instanceof TimeoutError;
/** True when the whole call took too long. */
export const isDeadlineError = (error: unknown): error is DeadlineError => error instanceof DeadlineError;
/** True when the caller cancelled. */
export const isAbortError = (error: unknown): error is AbortError => error instanceof AbortError;
/** True when the session's breaker did not let the call through. */
export const isCircuitOpenError = (error: unknown): error is CircuitOpenError => error instanceof CircuitOpenError;
/** True when URL, header, option or body cannot be sent. */
export const isInvalidRequestError = (error: unknown): error is InvalidRequestError => error instanceof InvalidRequestError;
/** True when the body is not what was asked for. */
export const isDecodeError = (error: unknown): error is DecodeError => error instanceof DecodeError;
/** True when a schema refused the JSON. */
export const isValidationError = (error: unknown): error is ValidationError => error instanceof ValidationError;
/** True for a file, setting or secret reference that cannot be used. */
export const isConfigError = (error: unknown): error is ConfigError => error instanceof ConfigError;
