import { createRequire } from "node:module";
import type * as ToughCookie from "tough-cookie";
import { ConfigError } from "../errors/index.ts";

const load = createRequire(import.meta.url);
let library: typeof ToughCookie | undefined;

/**
 * The cookie library, loaded with the first Set-Cookie line that a jar is given: it brings the public suffix list, which a session without
 * cookies must not pay for. Loaded synchronously, so that no call with a jar needs a further promise.
 */
export function toughCookie(): typeof ToughCookie {
  // package.json pins which version this is.
  library ??= load("tough-cookie") as typeof ToughCookie;
  return library;
}

/** @throws ConfigError ERR_PEER_MISSING when a jar is made and its library is not installed: before the first call, not at its answer */
export function checkToughCookie(): void {
  try {
    load.resolve("tough-cookie");
  } catch (cause) {
    throw new ConfigError({
      code: "ERR_PEER_MISSING",
      message: "cookies need the package tough-cookie, which is not installed",
      hint: "npm install tough-cookie@6",
      cause,
    });
  }
}
