import { cookiePair } from "./cookie-pair.ts";

/**
 * What the Set-Cookie lines of one response say, name to value; of a name that stands there twice the last. No jar is needed.
 *
 * As the lines say: also what a jar would refuse, and a deletion as what stands in it, which is mostly "". The result has no prototype.
 */
export function responseCookies(setCookie: string | readonly string[] | undefined): Readonly<Record<string, string>> {
  const cookies: Record<string, string> = Object.create(null);
  for (const line of typeof setCookie === "string" ? [setCookie] : (setCookie ?? [])) {
    const pair = cookiePair(line);
    if (pair !== undefined) cookies[pair.name] = pair.value;
  }
  return cookies;
}
