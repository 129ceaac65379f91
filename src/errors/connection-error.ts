import { RequestError } from "./request-error.ts";

/** No connection, or one that broke: refused, reset, closed early, malformed or truncated answers. */
export class ConnectionError extends RequestError {}

/** The host name did not resolve. */
export class DNSError extends ConnectionError {}

/** The proxy, not the target, failed or refused. */
export class ProxyError extends ConnectionError {}
