import { isLoopbackAddress, normalHost, parseIP, type IPAddress } from "./ip-address.ts";

/** Where a request goes, as far as the choice of a proxy depends on it. */
export interface ProxyTarget {
  readonly isSecure: boolean;
  /** Normalised name or address. */
  readonly host: string;
  /** Where the host is an address. */
  readonly address: IPAddress | undefined;
  readonly port: number;
}

/** The target of an http or https URL. */
export function proxyTarget(url: URL): ProxyTarget {
  const isSecure = url.protocol === "https:";
  // Only a trailing dot is not normal yet: `localhost.` is localhost (RFC 6761 6.3).
  const host = url.hostname.endsWith(".") ? (normalHost(url.hostname) ?? url.hostname) : url.hostname;
  const port = url.port === "" ? (isSecure ? 443 : 80) : Number(url.port);
  return { isSecure, host, address: parseIP(host), port };
}

/** True when the target is this machine: `localhost` and names below it (RFC 6761 6.3), loopback and unspecified addresses. */
export function isLoopback({ host, address }: ProxyTarget): boolean {
  if (address !== undefined) return isLoopbackAddress(address);
  return host === "localhost" || host.endsWith(".localhost");
}
