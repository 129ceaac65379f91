import { derivedSecret, isSecret, type Secret } from "../secrets/index.ts";
import { trimBlanks } from "./cookie-pair.ts";

/**
 * The Cookie header of one exchange: the caller's own cookies as they were written, then those of the jar whose names the caller did not use.
 *
 * A Secret stays closed: what is joined to it is joined when transport opens it.
 */
export function mergeCookies(own: string | Secret | undefined, fromJar: string | undefined): string | Secret | undefined {
  if (fromJar === undefined || own === undefined) return own ?? fromJar;
  if (isSecret(own)) return derivedSecret(own, (value) => join(value, fromJar), own.reference);
  return join(own, fromJar);
}

function join(own: string, fromJar: string): string {
  const taken = new Set(own.split(";").map(nameOf));
  const added = fromJar.split("; ").filter((pair) => !taken.has(nameOf(pair)));
  const kept = trimBlanks(own).replace(/;$/, "");
  return [...(kept === "" ? [] : [kept]), ...added].join("; ");
}

function nameOf(pair: string): string {
  const equals = pair.indexOf("=");
  return trimBlanks(equals === -1 ? pair : pair.slice(0, equals));
}
