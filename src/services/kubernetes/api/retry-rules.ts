import type { Failure, RetryOptions, RetryVerdict } from "../../../retry/index.ts";

/** Waits of 1, 2, 4, 8 and 16 s: what an overloaded API server asks for one after the other. */
const ATTEMPTS = 6;

/**
 * When a call to an API server is repeated: client-go's rules.
 *
 * Any verb on 429 and 5xx with a Retry-After, for the server has not executed it then. Reads also on other 5xx and on network errors. Writes
 * otherwise only when nothing of them was processed: a PUT, PATCH, POST or DELETE that ended in a timeout or a bare 504 may have been.
 *
 * @param own the caller's; its `when` is asked first
 */
export function retryRules(own: RetryOptions | false | undefined): RetryOptions | false {
  if (own === false) return false;
  const asked = own?.when;
  return {
    attempts: ATTEMPTS,
    methods: ["GET", "HEAD", "OPTIONS"],
    ...own,
    when: (failure) => asked?.(failure) ?? verdict(failure),
  };
}

function verdict({ status, retryAfterMs }: Failure): RetryVerdict {
  return status !== undefined && (status === 429 || status >= 500) && retryAfterMs !== undefined ? "retry" : undefined;
}
