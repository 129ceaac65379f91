import { requestTarget } from "../../redirect/index.ts";
import { isCredentialParam, redactText, redactUrl } from "../../secrets/index.ts";
import type { CurlCommand } from "./curl-command.ts";
import type { ShellText } from "./shell-word.ts";

/**
 * Adds the URL, without fragment. Credentials in its query become variables, which hold the value percent-encoded as it stands there; a path
 * that is one (a webhook's) becomes one as a whole.
 */
export function addUrl(command: CurlCommand, url: URL, origin = url.origin): void {
  // Brackets and braces are ranges to curl.
  if (/[[\]{}]/.test(url.pathname + url.search)) command.add("--globoff");
  const path =
    redactUrl(origin + url.pathname) === origin + url.pathname ? [url.pathname] : ["/", command.hide("path", url.pathname.slice(1))];
  // With the bare ? of an empty query, which URL.search does not have.
  command.argument([origin, ...path, ...query(command, requestTarget(url).slice(url.pathname.length))]);
}

function query(command: CurlCommand, search: string): ShellText {
  if (search === "") return [];
  const pairs = search.slice(1).split("&");
  return pairs.flatMap((pair, index): ShellText => {
    const joint = index === 0 ? "?" : "&";
    const equals = pair.indexOf("=");
    const name = equals === -1 ? pair : decode(pair.slice(0, equals));
    if (equals === -1 || equals === pair.length - 1) return [joint, command.text(pair, "query")];
    const isShown = !isCredentialParam(name) && redactText(pair) === pair;
    return [joint, pair.slice(0, equals + 1), isShown ? pair.slice(equals + 1) : command.hide(name, pair.slice(equals + 1))];
  });
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll("+", " "));
  } catch {
    // A stray percent sign: the name is then what it looks like.
    return name;
  }
}
