import type { ProxyScheme, ProxySource } from "./proxy-choice.ts";
import { invalidProxy } from "./invalid-proxy.ts";

/** A proxy's URL taken apart. */
export interface ProxyAddress {
  readonly scheme: ProxyScheme;
  readonly host: string;
  readonly port: number;
  /** Percent-decoded; absent without userinfo. */
  readonly userinfo: { readonly user: string; readonly password: string } | undefined;
}

/** Default ports: RFC 9110 4.2.1, 4.2.2; RFC 1928 3. socks5h is what curl calls SOCKS5 with names sent to the proxy: errand always does. */
const schemes: ReadonlyMap<string, { readonly scheme: ProxyScheme; readonly port: number }> = new Map([
  ["http", { scheme: "http", port: 80 }],
  ["https", { scheme: "https", port: 443 }],
  ["socks5", { scheme: "socks5", port: 1080 }],
  ["socks5h", { scheme: "socks5", port: 1080 }],
]);

/**
 * Reads `http://user:password@proxy.example.com:3128`; without a scheme it is http, as in curl.
 *
 * Stricter than the URL parser, which would make `http:/bad` a host, and of a password with a slash a host and a path.
 * @throws InvalidRequestError or ConfigError that names the source, and shows nothing that could be a password
 */
export function parseProxyURL(text: string, source: ProxySource): ProxyAddress {
  const given = text.trim();
  const fail = (problem: string, hint?: string): never => {
    throw invalidProxy(source, `${showProxyURL(given)} ${problem}`, hint ?? "For example http://proxy.example.com:3128.");
  };
  if (/[\x00-\x20\x7f\\]/.test(given)) fail("contains a space, a control character or a backslash");
  const [, schemeName = "http", rest = given] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(given) ?? [];
  const known = schemes.get(schemeName.toLowerCase());
  if (known === undefined) return fail(`has the scheme ${schemeName}`, "errand speaks http, https and socks5 to a proxy.");
  const authority = rest.endsWith("/") ? rest.slice(0, -1) : rest;
  if (/^[a-z][a-z0-9+.-]*:\//i.test(authority)) fail("is not a URL: two slashes follow the scheme");
  if (/[/?#]/.test(authority)) {
    fail("has a path, query or fragment, which a proxy has not", "Write / ? # in a user name or password as %2F %3F %23.");
  }
  // As http: the parser normalises the hosts of the schemes it knows only.
  const url = URL.parse(`http://${authority}`);
  if (url === null) return fail("is not a valid URL");
  // Read from the text: the parser drops a port 80 that was written.
  const written = /:(\d+)$/.exec(authority.slice(authority.lastIndexOf("@") + 1))?.[1];
  const port = written === undefined ? known.port : Number(written);
  if (port === 0) fail("has the port 0, where nobody listens");
  const host = url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
  const [user, password] = [decode(url.username), decode(url.password)];
  if (user === undefined || password === undefined) return fail("has a user name or password that is not UTF-8");
  return { scheme: known.scheme, host, port, userinfo: user === "" && password === "" ? undefined : { user, password } };
}

/** Only what surely is no credential: the last host and port. A password may hold any character, an @ as well. */
function showProxyURL(text: string): string {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0] ?? "";
  const rest = text.slice(scheme.length);
  const lastAt = rest.lastIndexOf("@");
  const shown = lastAt === -1 ? rest : rest.slice(lastAt + 1);
  const isPlain = /^(?:[\w.-]{0,80}|\[[0-9a-f:.]{0,45}\])(?::\d{0,6})?\/?$/i.test(shown);
  if (lastAt === -1 && isPlain) return `"${scheme}${shown}"`;
  return isPlain ? `"${scheme}***@${shown}"` : `"${scheme}***"`;
}

function decode(text: string): string | undefined {
  try {
    // A stray percent sign stands for itself, as the URL parser has it.
    return decodeURIComponent(text.replace(/%(?![0-9a-f]{2})/gi, "%25"));
  } catch {
    return undefined;
  }
}
