import { isCredentialParam } from "./credential-names.ts";
import { redactRecorded } from "./redact-text.ts";
import { REDACTED } from "./spans.ts";

/**
 * A URL as it may be shown: without userinfo, and with `[redacted]` for the values of credential parameters in query
 * and fragment (OAuth's implicit answer, RFC 6749 4.2.2) and for resolved secrets anywhere.
 *
 * Takes what is no valid URL too, for that is what an error message shows.
 */
export function redactUrl(url: string | URL): string {
  const text = redactRecorded(typeof url === "string" ? url : url.href);
  if (!/[?@#]/.test(text)) return text;
  const [, beforeQuery = "", query, fragment] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(text) ?? [];
  return (
    withoutUserinfo(beforeQuery) + (query === undefined ? "" : redactPairs(query)) + (fragment === undefined ? "" : redactPairs(fragment))
  );
}

/** WHATWG URL parsing takes backslashes for slashes, and reads to the last @ of the authority. */
function withoutUserinfo(text: string): string {
  const withScheme = /^(\s*(?:[a-z][a-z0-9+.-]*:)?[\\/]{2,})[^\\/]*@/i.exec(text);
  if (withScheme !== null) return (withScheme[1] ?? "") + text.slice(withScheme[0].length);
  // As people type it: user:password@host/path.
  return text.replace(/^[^\\/@]*:[^\\/]*@/, "");
}

/** `?a=1&token=x` or `#access_token=x`, the first character kept. */
function redactPairs(pairs: string): string {
  const shown = pairs
    .slice(1)
    .split("&")
    .map((pair) => {
      const equals = pair.indexOf("=");
      return equals === -1 || equals === pair.length - 1 || !isCredentialParam(decodeName(pair.slice(0, equals)))
        ? pair
        : `${pair.slice(0, equals)}=${REDACTED}`;
    });
  return pairs.charAt(0) + shown.join("&");
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll("+", " "));
  } catch {
    // A stray percent sign: the name is then what it looks like.
    return name;
  }
}
