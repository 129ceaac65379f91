import { isSecret } from "../../secrets/index.ts";
import type { TLSOptions } from "../../transport/index.ts";
import type { CurlCommand } from "./curl-command.ts";

/** What a session's connections are made with. */
export interface CurlConnection {
  /** @default 10000 */
  readonly connectTimeoutMs?: number;
  readonly tls?: TLSOptions;
  readonly socketPath?: string | undefined;
  /** False where HTTP/2 is not offered; curl offers it as errand does. */
  readonly http2?: boolean | undefined;
  readonly proxy?: string | { readonly url: string; readonly noProxy?: string | readonly string[] } | false;
}

/**
 * TLS and proxy. PEM that was given as text has no path: it stands as a file of that kind (`ca.pem`) in the working directory, without which
 * curl says that it is missing. Of several CA files too; and curl trusts `ca` alone, where errand may add it to the others.
 */
export function addConnection(
  command: CurlCommand,
  url: URL,
  { connectTimeoutMs = 10_000, tls = {}, proxy, socketPath, http2 }: CurlConnection,
): void {
  command.add("--connect-timeout", String(connectTimeoutMs / 1000));
  if (url.protocol === "https:") addTls(command, tls);
  if (url.protocol === "https:" && http2 === false) command.add("--http1.1");
  if (socketPath !== undefined) command.add("--unix-socket", socketPath);
  if (proxy === false || socketPath !== undefined) command.add("--noproxy", "*");
  else if (proxy !== undefined) addProxy(command, typeof proxy === "string" ? { url: proxy } : proxy);
}

/** The URL's origin as curl must see it: under another server name it connects to the host all the same. */
export function originForCurl(command: CurlCommand, url: URL, { tls }: CurlConnection): string {
  const servername = tls?.servername;
  if (url.protocol !== "https:" || servername === undefined) return url.origin;
  const port = url.port === "" ? "443" : url.port;
  command.add("--connect-to", `${servername}:${port}:${url.hostname}:${port}`);
  command.add("--header", `Host: ${url.host}`);
  return `https://${servername}${url.port === "" ? "" : `:${url.port}`}`;
}

function addTls(command: CurlCommand, { ca, cert, key, passphrase, verify }: TLSOptions): void {
  const authorities = typeof ca === "string" ? [ca] : (ca ?? []);
  const [authority] = authorities;
  if (authority !== undefined) command.add("--cacert", authorities.length === 1 ? pathOf(authority, "ca.pem") : "ca.pem");
  if (cert !== undefined) command.add("--cert", pathOf(cert, "client.pem"));
  if (key !== undefined) command.add("--key", isSecret(key) ? "client-key.pem" : pathOf(key, "client-key.pem"));
  if (passphrase !== undefined)
    command.add("--pass", [isSecret(passphrase) ? command.secret(passphrase) : command.hide("passphrase", passphrase)]);
  if (verify === false) command.add("--insecure");
}

function pathOf(value: string, placeholder: string): string {
  return value.includes("-----BEGIN") ? placeholder : value;
}

function addProxy(command: CurlCommand, { url, noProxy }: { readonly url: string; readonly noProxy?: string | readonly string[] }): void {
  const { protocol, host, username, password } = new URL(url);
  command.add("--proxy", `${protocol}//${host}`);
  if (username !== "")
    command.add("--proxy-user", [
      `${decodeURIComponent(username)}:`,
      ...(password === "" ? [] : [command.hide("proxy password", password)]),
    ]);
  if (noProxy !== undefined) command.add("--noproxy", typeof noProxy === "string" ? noProxy : noProxy.join(","));
}
