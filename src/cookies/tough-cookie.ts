import { createRequire } from "node:module";
import type * as ToughCookie from "tough-cookie";

let library: typeof ToughCookie | undefined;

/**
 * The cookie library, loaded with the first Set-Cookie line that a jar is given: it brings the public suffix list, which a session without
 * cookies must not pay for. Loaded synchronously, so that no call with a jar needs a further promise.
 */
export function toughCookie(): typeof ToughCookie {
  // package.json pins which version this is.
  library ??= createRequire(import.meta.url)("tough-cookie") as typeof ToughCookie;
  return library;
}
