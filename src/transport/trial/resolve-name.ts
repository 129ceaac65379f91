import { lookup as systemLookup } from "node:dns";
import { isIP } from "node:net";
import { interleave, type Lookup } from "../dial.ts";
import { raceSignal } from "./race-signal.ts";

/**
 * The addresses of a host in the order in which they are tried (RFC 8305 4); an address is its own answer.
 *
 * @throws the resolver's error, or the signal's reason
 */
export function resolveName(host: string, signal: AbortSignal, lookup: Lookup = systemLookup): Promise<readonly string[]> {
  if (isIP(host) !== 0) return Promise.resolve([host]);
  return raceSignal(signal, (settle) => {
    lookup(host, { all: true, verbatim: true }, (error, found) => {
      if (error === null) settle.resolve(interleave(found));
      else settle.reject(error);
    });
    // A resolver that is being asked cannot be stopped.
    return () => undefined;
  });
}
