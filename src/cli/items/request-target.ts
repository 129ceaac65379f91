import { nearest } from "../../errors/index.ts";
import { UsageError } from "../usage-error.ts";
import { completeUrl, looksLikeUrl } from "./request-url.ts";

/** What the words of a command line ask for, before files are read. */
export interface RequestTarget {
  /** Undefined when none was given: GET, or POST with a body. */
  readonly method: string | undefined;
  readonly url: string;
  readonly items: readonly string[];
}

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/**
 * Sorts `[METHOD] URL [ITEM...]`. After `errand get` and its like the method is fixed and the first word is the URL.
 *
 * @param commands names of commands, to say that one of them stands in the wrong place
 */
export function requestTarget(words: readonly string[], method: string | undefined, commands: Iterable<string>): RequestTarget {
  const [first, second] = words;
  if (first === undefined)
    throw new UsageError("the URL is missing", { hint: "errand [METHOD] URL [ITEM...], for example: errand example.com/users page==2" });
  if (method !== undefined) return { method, url: completeUrl(first), items: words.slice(1) };
  if (looksLikeUrl(first)) return { method: undefined, url: completeUrl(first), items: words.slice(1) };
  const typed = typedMethod(first, second);
  if (typed === undefined) throw notATarget(first, commands);
  if (second === undefined) throw new UsageError(`the URL is missing after ${first}`);
  return { method: typed, url: completeUrl(second), items: words.slice(2) };
}

/** Whether a command line that begins with these words is a request: a URL, or a method before one. */
export function looksLikeTarget(first: string, second: string | undefined): boolean {
  return looksLikeUrl(first) || typedMethod(first, second) !== undefined;
}

/** Names the command that was most likely meant. */
export function notATarget(word: string, commands: Iterable<string>): UsageError {
  const names = [...commands];
  if (names.includes(word)) return new UsageError(`the command ${word} must be the first word`, { hint: `errand ${word} ...` });
  const known = nearest(word, names);
  return new UsageError(`unknown command '${word}'`, {
    hint: `${known === undefined ? "" : `Did you mean ${known}? `}A URL has a dot, a colon or a slash: http://${word}/.`,
  });
}

/** Any method in capitals (`PURGE`), the common ones in any case; a lone word in capitals could also be a host's short name. */
function typedMethod(word: string, next: string | undefined): string | undefined {
  if (methods.includes(word.toUpperCase())) return word.toUpperCase();
  return next !== undefined && /^[A-Z][A-Z-]*$/.test(word) ? word : undefined;
}
