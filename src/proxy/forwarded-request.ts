import { requestTarget } from "../redirect/index.ts";
import type { ProxyChoice } from "./proxy-choice.ts";

/**
 * True when the proxy is to forward requests for the URL itself; otherwise it opens a tunnel for it.
 *
 * With `isPublicOnly` plain http goes through a tunnel too: only there does errand say which address is connected to.
 */
export function isForwarded(proxy: ProxyChoice, target: URL, isPublicOnly: boolean): boolean {
  return proxy.scheme !== "socks5" && target.protocol === "http:" && !isPublicOnly;
}

export interface ForwardedRequest {
  /** The absolute form (RFC 9112 3.2.2): no userinfo, no fragment. */
  readonly path: string;
  /** name, value, name, value ... */
  readonly headers: readonly string[];
}

/**
 * A plain http request as the proxy wants it: absolute form, the target's Host, and what is meant for the proxy.
 *
 * A header that the caller wrote stays, Proxy-Authorization as well.
 * @param headers of the request: name, value, name, value
 * @param proxyHeaders opened, Proxy-Authorization among them
 */
export function forwardedRequest(target: URL, headers: readonly string[], proxyHeaders: readonly string[]): ForwardedRequest {
  const names = new Set(headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()));
  const added: string[] = [];
  for (let index = 0; index + 1 < proxyHeaders.length; index += 2) {
    const [name = "", value = ""] = proxyHeaders.slice(index, index + 2);
    if (!names.has(name.toLowerCase())) added.push(name, value);
  }
  const host = names.has("host") ? [] : ["Host", target.host];
  return { path: `http://${target.host}${requestTarget(target)}`, headers: [...host, ...headers, ...added] };
}

/** A tunnelled request's headers without those for the proxy: inside the tunnel the target would read them. */
export function tunnelledHeaders(headers: readonly string[]): readonly string[] {
  const isForProxy = (_: string, index: number): boolean => headers[index - (index % 2)]?.toLowerCase() === "proxy-authorization";
  return headers.some(isForProxy) ? headers.filter((text, index) => !isForProxy(text, index)) : headers;
}
