import type { Secret } from "../secrets/index.ts";

export type ProxyScheme = "http" | "https" | "socks5";

/** What named the proxy: the option, or a variable of the environment. */
export type ProxySource = "proxy" | "http_proxy" | "HTTP_PROXY" | "https_proxy" | "HTTPS_PROXY" | "all_proxy" | "ALL_PROXY";

/** A proxy to go through. Safe to show: its credentials are closed. */
export interface ProxyChoice {
  readonly scheme: ProxyScheme;
  /** Name or address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Without userinfo, and without the port where it is the scheme's own. */
  readonly url: URL;
  /** User and password as `Basic ...` (RFC 7617); SOCKS5 takes them apart again. */
  readonly authorization: Secret | undefined;
  /** For the proxy alone: name and value in turn. */
  readonly headers: readonly (string | Secret)[];
  readonly source: ProxySource;
}

/** Names it in messages: `the proxy http://proxy.example.com:3128 (HTTPS_PROXY)`. */
export function describeProxy({ scheme, host, port, source }: ProxyChoice): string {
  const shownHost = host.includes(":") ? `[${host}]` : host;
  return `the proxy ${scheme}://${shownHost}:${port}${source === "proxy" ? "" : ` (${source})`}`;
}
