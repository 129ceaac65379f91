import { RequestError } from "./request-error.ts";

/** URL, header, option or body cannot be sent. Thrown before any I/O; never retried. */
export class InvalidRequestError extends RequestError {}
