import { BlockList, isIPv6 } from "node:net";

// IANA special-purpose registries (RFC 6890): everything that is not globally reachable, cloud metadata (169.254.169.254, fd00:ec2::254) included.
const notPublic4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const;

const notPublic6 = [
  ["::", 128],
  ["::1", 128],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
] as const;

let blocked: BlockList | undefined;

function blockList(): BlockList {
  if (blocked === undefined) {
    blocked = new BlockList();
    for (const [network, prefix] of notPublic4) blocked.addSubnet(network, prefix, "ipv4");
    for (const [network, prefix] of notPublic6) blocked.addSubnet(network, prefix, "ipv6");
  }
  return blocked;
}

/** True for an address that is globally reachable. IPv4-mapped IPv6 addresses are judged by their IPv4 part. */
export function isPublicAddress(address: string): boolean {
  // BlockList matches IPv4-mapped IPv6 addresses against IPv4 rules by itself.
  return !blockList().check(address, isIPv6(address) ? "ipv6" : "ipv4");
}
