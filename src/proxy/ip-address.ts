/** An IP address as a number, so that networks are compared by shifting. */
export interface IPAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/**
 * A host as the URL parser writes it: lower case, punycode, `0x7f.1` as `127.0.0.1`, IPv6 in brackets, no trailing dots; undefined when
 * it is no host.
 *
 * What a URL connects to and what a list names are compared in this form, or `0177.0.0.1` would be another address than `127.0.0.1`.
 */
export function normalHost(text: string): string | undefined {
  // These would end the host, and the rest of the text would be dropped unseen.
  if (/[/?#@\\*]/.test(text)) return undefined;
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  // A zone (RFC 6874) cannot stand in a URL; an address of the list is meant on every interface.
  if (bare.includes(":")) return URL.parse(`http://[${withoutZone(bare)}]`)?.hostname;
  if (bare !== text || text.includes("%")) return undefined;
  const hostname = URL.parse(`http://${withoutTrailingDots(text)}`)?.hostname;
  return hostname === undefined || hostname === "" ? undefined : hostname;
}

/** The address in a host that {@link normalHost} or a URL gave; undefined for a name. IPv4-mapped IPv6 is IPv4 (RFC 4291 2.5.5.2). */
export function parseIP(host: string): IPAddress | undefined {
  if (host.startsWith("[")) return unmapped(parseIPv6(host.slice(1, -1)));
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(host)) return undefined;
  return { family: 4, value: host.split(".").reduce((value, octet) => (value << 8n) | BigInt(octet), 0n) };
}

/** Addresses that share their first bits. */
export interface IPNetwork {
  readonly family: 4 | 6;
  /** The common bits. */
  readonly prefix: bigint;
  /** How many bits are free. */
  readonly freeBits: bigint;
}

/** `10.0.0.0/8`, `fd00::/8`; bits beyond the prefix are ignored. A network of IPv4-mapped addresses is an IPv4 network. */
export function parseNetwork(text: string): IPNetwork | undefined {
  const slash = text.indexOf("/");
  const host = normalHost(text.slice(0, slash));
  const address = host === undefined ? undefined : parseIP(host);
  const length = text.slice(slash + 1);
  if (address === undefined || host === undefined || !/^\d{1,3}$/.test(length)) return undefined;
  const isMapped = address.family === 4 && host.startsWith("[");
  const bits = Number(length) - (isMapped ? 96 : 0);
  const size = address.family === 4 ? 32 : 128;
  if (bits < 0 || bits > size) return undefined;
  const freeBits = BigInt(size - bits);
  return { family: address.family, prefix: address.value >> freeBits, freeBits };
}

export function isInNetwork(address: IPAddress, network: IPNetwork): boolean {
  return address.family === network.family && address.value >> network.freeBits === network.prefix;
}

/** This machine: 127.0.0.0/8 and ::1, and the unspecified addresses, which the kernel connects to itself (RFC 1122 3.2.1.3). */
export function isLoopbackAddress({ family, value }: IPAddress): boolean {
  return family === 4 ? value >> 24n === 127n || value === 0n : value <= 1n;
}

/** Not a regular expression: one that ends in dots would try each of a thousand dots as a beginning. */
export function withoutTrailingDots(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === ".") end -= 1;
  return text.slice(0, end);
}

function withoutZone(text: string): string {
  const percent = text.indexOf("%");
  return percent === -1 ? text : text.slice(0, percent);
}

/** Takes the URL parser's form: groups of hexadecimal digits, at most one `::`. */
function parseIPv6(text: string): IPAddress {
  const [head = "", tail] = text.split("::");
  const left = groupsOf(head);
  const right = tail === undefined ? [] : groupsOf(tail);
  const groups = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0n), ...right];
  return { family: 6, value: groups.reduce((value, group) => (value << 16n) | group, 0n) };
}

function groupsOf(text: string): bigint[] {
  return text === "" ? [] : text.split(":").map((group) => BigInt(`0x${group}`));
}

function unmapped(address: IPAddress): IPAddress {
  return address.value >> 32n === 0xffffn ? { family: 4, value: address.value & 0xffff_ffffn } : address;
}

/** The 4 or 16 bytes of an address in network order; undefined for a name. */
export function addressBytes(host: string): Uint8Array | undefined {
  const normal = normalHost(host);
  const address = normal === undefined ? undefined : parseIP(normal);
  if (address === undefined) return undefined;
  const size = address.family === 4 ? 4 : 16;
  return Uint8Array.from({ length: size }, (_, index) => Number((address.value >> BigInt(8 * (size - 1 - index))) & 0xffn));
}
