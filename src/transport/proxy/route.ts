import { forwardedRequest, isForwarded, tunnelledHeaders, type ForwardedRequest, type ProxyChoice } from "../../proxy/index.ts";
import { openProxyHeaders } from "./headers.ts";
import type { TLSMaterial } from "../tls-material.ts";

/** How an origin is reached through a proxy. */
export interface ProxyRoute {
  readonly proxy: ProxyChoice;
  /** The proxy gets whole requests, of every plain http origin, instead of opening a tunnel. */
  readonly isForwarded: boolean;
  /** For an https proxy, from `proxyTLSOptions`. */
  readonly tls: TLSMaterial | undefined;
}

/** The route to a URL's origin; `tls` where the proxy's scheme is https. */
export function planRoute(
  proxy: ProxyChoice,
  url: URL,
  { isPublicOnly, tls }: { isPublicOnly: boolean; tls: TLSMaterial | undefined },
): ProxyRoute {
  return { proxy, isForwarded: isForwarded(proxy, url, isPublicOnly), tls };
}

/** What pools are kept by: all that a proxy forwards shares its connections, a tunnel is one origin's. */
export function routeKey(route: ProxyRoute | undefined, origin: string): string {
  return route?.isForwarded === true ? `forwarded by ${route.proxy.url.href}` : origin;
}

/**
 * Path and headers as they go over a route: the proxy's credentials where it reads them, and nowhere else.
 *
 * At once unless a secret's store has to be asked.
 * @throws ConfigError or InvalidRequestError for a secret of the proxy's that cannot be read or sent
 */
export function routedRequest(
  request: { readonly url: URL; readonly path: string; readonly headers: readonly string[] },
  route: ProxyRoute | undefined,
): ForwardedRequest | Promise<ForwardedRequest> {
  const { url, path, headers } = request;
  if (route === undefined) return { path, headers };
  if (!route.isForwarded) return { path, headers: tunnelledHeaders(headers) };
  const opened = openProxyHeaders(route.proxy);
  return opened instanceof Promise
    ? opened.then((values) => forwardedRequest(url, headers, values))
    : forwardedRequest(url, headers, opened);
}
