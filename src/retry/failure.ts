import type { RequestError } from "../errors/index.ts";

/** A failed attempt as `retry.when` sees it: an error, or a status of 400 or above. Everything here is redacted. */
export interface Failure {
  /** 1 for the first. */
  readonly attempt: number;
  readonly method: string;
  readonly url: string;
  /** Present when an answer arrived. */
  readonly status?: number;
  /** A response header by name in any case, several lines joined with commas; undefined when absent or when there was no answer. */
  readonly header: (name: string) => string | undefined;
  /** Present when no answer arrived. */
  readonly error?: RequestError;
  /** What a valid Retry-After asks for, in milliseconds from now. */
  readonly retryAfterMs?: number;
}
