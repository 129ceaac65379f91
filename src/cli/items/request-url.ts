import { UsageError } from "../usage-error.ts";

/**
 * Completes a URL as it is typed: https where no scheme is given, but http for localhost, IP literals and `:port`, which
 * rarely have a certificate. `:8080/x` is localhost, `://host` (pasted without its scheme) is `host`.
 */
export function completeUrl(typed: string): string {
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(typed)) return typed;
  const bare = typed.startsWith("://") ? typed.slice(3) : typed;
  if (bare === "") throw new UsageError(`'${typed}' is not a URL: it has no host`);
  // `http:/x` would otherwise become a host of the name "http".
  if (/^https?:/i.test(bare))
    throw new UsageError(`'${typed}' is not a URL`, { hint: "After the scheme come two slashes: http://example.com/." });
  const local = /^:(\d*)(?=$|[/?#])/.exec(bare);
  if (local !== null) return `http://localhost${local[1] === "" ? "" : `:${local[1]}`}${bare.slice(local[0].length)}`;
  if (bare.startsWith(":")) {
    throw new UsageError(`'${typed}' is not a URL`, {
      hint: "A port stands after the colon, as in :8080/path; an IPv6 address in brackets, as in [::1]/path.",
    });
  }
  return `${isLocal(hostOf(bare)) ? "http" : "https"}://${bare}`;
}

/** Without userinfo, port and path; an IPv6 literal keeps its brackets. */
function hostOf(bare: string): string {
  const authority = bare.split(/[/?#]/, 1)[0] ?? "";
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  return host.startsWith("[") ? host : (host.split(":", 1)[0] ?? "");
}

function isLocal(host: string): boolean {
  return /^(.+\.)?localhost$/i.test(host) || /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || host.startsWith("[");
}

/** What is read as a URL, not as a command or a method: anything with a dot, a colon or a slash. */
export function looksLikeUrl(word: string): boolean {
  return /[.:/]/.test(word) || word === "localhost";
}
