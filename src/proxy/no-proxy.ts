import { isInNetwork, normalHost, parseIP, parseNetwork, type IPAddress, type IPNetwork } from "./ip-address.ts";
import type { ProxyTarget } from "./proxy-target.ts";

/** The ports an entry is about; undefined: all. */
type Ports = Set<number> | undefined;

/** RFC 1035 3.1: longer names do not exist. */
const longestName = 253;

/**
 * The targets that are reached without the proxy; the grammar of `NO_PROXY` as curl, Go and Python together understand it.
 *
 * Entries are separated by commas or white space: `*`; a name, which stands for itself and every name below it (`.name` and `*.name` mean
 * the same); an address in any form a URL takes; a network (`10.0.0.0/8`, `fd00::/8`); all but networks also with a `:port`.
 * Asking costs time by the labels of the name and the networks of the list, not by the length of the list.
 */
export class NoProxyList {
  /** Entries that are none of this, as written. */
  readonly invalid: readonly string[];
  readonly #names = new Map<string, Ports>();
  readonly #addresses = new Map<string, Ports>();
  readonly #networks: IPNetwork[] = [];
  readonly #everything = new Map<"*", Ports>();

  constructor(list: string | readonly string[]) {
    const entries = (typeof list === "string" ? [list] : list).flatMap((part) => part.split(/[\s,]+/)).filter((entry) => entry !== "");
    this.invalid = entries.filter((entry) => !this.#add(entry));
  }

  bypasses({ host, address, port }: ProxyTarget): boolean {
    if (holds(this.#everything, "*", port)) return true;
    if (address === undefined) return this.#hasName(host, port);
    return holds(this.#addresses, keyOf(address), port) || this.#networks.some((network) => isInNetwork(address, network));
  }

  #hasName(host: string, port: number): boolean {
    for (let start = 0; start >= 0; start = nextLabel(host, start)) {
      if (host.length - start <= longestName && holds(this.#names, host.slice(start), port)) return true;
    }
    return false;
  }

  /** False for what is no entry. */
  #add(entry: string): boolean {
    if (entry.includes("/")) {
      const network = parseNetwork(entry);
      if (network !== undefined) this.#networks.push(network);
      return network !== undefined;
    }
    const { host: given, port } = splitPort(entry);
    if (port !== undefined && (port < 1 || port > 65_535)) return false;
    if (given === "*") return put(this.#everything, "*", port);
    const suffix = given.startsWith("*.") ? given.slice(2) : given.startsWith(".") ? given.slice(1) : undefined;
    const host = normalHost(suffix ?? given);
    if (host === undefined || host.startsWith(".") || host.length > longestName) return false;
    // Addresses have no subdomains: `.0.0.1` is no address, and no name either.
    const address = parseIP(host);
    if (address === undefined) return put(this.#names, host, port);
    return suffix === undefined && put(this.#addresses, keyOf(address), port);
  }
}

/** `host:8080`, `[::1]:8080`; more than one colon without brackets is an IPv6 address. */
function splitPort(entry: string): { host: string; port: number | undefined } {
  const colon = entry.lastIndexOf(":");
  const isPort = colon !== -1 && /^\d{1,5}$/.test(entry.slice(colon + 1)) && (entry.indexOf(":") === colon || entry[colon - 1] === "]");
  return isPort ? { host: entry.slice(0, colon), port: Number(entry.slice(colon + 1)) } : { host: entry, port: undefined };
}

/** The place after the next dot, -1 behind the last label. */
function nextLabel(host: string, start: number): number {
  const dot = host.indexOf(".", start);
  return dot === -1 ? -1 : dot + 1;
}

function keyOf({ family, value }: IPAddress): string {
  return `${family}/${value}`;
}

function holds<Key extends string>(map: ReadonlyMap<Key, Ports>, key: Key, port: number): boolean {
  return map.has(key) && (map.get(key)?.has(port) ?? true);
}

function put<Key extends string>(map: Map<Key, Ports>, key: Key, port: number | undefined): true {
  if (port === undefined) map.set(key, undefined);
  else if (map.has(key)) map.get(key)?.add(port);
  else map.set(key, new Set([port]));
  return true;
}
