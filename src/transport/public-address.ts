import { lookup as systemLookup } from "node:dns";
import { isIP } from "node:net";
import { isPublicAddress } from "./addresses.ts";
import { AddressRefused, type Lookup } from "./dial.ts";

/**
 * The public addresses of a host, in the resolver's order: where errand itself does not connect, but names the address to a proxy.
 *
 * A proxy that got the name would resolve it once more, and may find another address than the one that was checked (DNS rebinding).
 * @throws AddressRefused when there is none
 */
export async function publicAddresses(host: string, lookup: Lookup = systemLookup): Promise<readonly string[]> {
  const found = isIP(host) !== 0 ? [host] : await resolve(host, lookup);
  const allowed = found.filter(isPublicAddress);
  if (allowed.length > 0) return allowed;
  throw new AddressRefused(`${host} resolves to ${found.join(", ") || "no address"}, which is not public`);
}

function resolve(host: string, lookup: Lookup): Promise<string[]> {
  return new Promise((done, reject) => {
    lookup(host, { all: true, verbatim: true }, (error, found) => {
      if (error === null) done(found.map(({ address }) => address));
      else reject(error);
    });
  });
}
