import type { NetrcEntry } from "./parse-netrc.ts";

/**
 * The entry for a URL: one that names host and port, else the first that names the host, else `default`.
 *
 * The host is that of the parsed URL and compared as a whole: `http://known.example:@other.example/` goes to other.example, and gets only
 * its entry (CVE-2024-47081).
 */
export function findEntry(entries: readonly NetrcEntry[], url: URL): NetrcEntry | undefined {
  const port = url.port === "" ? defaultPorts[url.protocol] : url.port;
  const hosts = url.hostname.startsWith("[") ? [url.hostname, url.hostname.slice(1, -1)] : [url.hostname];
  const ours = entries.filter(({ port: only }) => only === undefined || only === port);
  const withPort = `${url.hostname}:${port}`;
  return (
    ours.find(({ machine }) => machine === withPort) ??
    ours.find(({ machine, port: only }) => only !== undefined && machine !== undefined && hosts.includes(machine)) ??
    ours.find(({ machine }) => machine !== undefined && hosts.includes(machine)) ??
    ours.find(({ machine }) => machine === undefined)
  );
}

const defaultPorts: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };
