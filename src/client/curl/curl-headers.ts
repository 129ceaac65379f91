import { isCredentialHeader, isSecret, type Secret } from "../../secrets/index.ts";
import type { HeaderList, HeaderValue } from "../header-list.ts";
import type { CurlCommand } from "./curl-command.ts";
import { printfFormat, type ShellText } from "./shell-word.ts";

/** What errand accepts by itself; curl's `--compressed` asks for as much of it as that curl can decode. */
const ownEncodings = "gzip, deflate, br, zstd";

/** The request's headers as curl's options; what curl would send and errand does not is switched off. */
export function addHeaders(command: CurlCommand, headers: HeaderList, credentialHeaders: ReadonlySet<string>): void {
  for (const [name, value] of pairsOf(headers)) {
    const key = name.toLowerCase();
    // It follows from the body, for curl as for errand; Accept is the same by itself.
    if (key === "content-length" || (key === "accept" && value === "*/*")) continue;
    if (key === "accept-encoding" && typeof value === "string" && value !== "identity") command.add("--compressed");
    if (key === "accept-encoding" && value === ownEncodings) continue;
    addHeader(command, { name, value, isCredential: isCredentialHeader(key) || credentialHeaders.has(key) });
  }
  for (const name of ["User-Agent", "Accept"]) if (!headers.has(name)) command.add("--header", `${name}:`);
}

export interface HeaderInLine {
  readonly name: string;
  readonly value: HeaderValue;
  readonly isCredential: boolean;
}

export function addHeader(command: CurlCommand, { name, value, isCredential }: HeaderInLine): void {
  if (value === "") return command.add("--header", `${name};`);
  if (isSecret(value)) return command.add("--header", [`${name}: `, ...secretHeader(command, value)]);
  if (isCredential) return command.add("--header", [`${name}: `, ...credential(command, name, value)]);
  const shown = command.text(value, name);
  if (typeof shown !== "string") return command.add("--header", [`${name}: `, shown]);
  // Latin-1 is one byte a character on the wire; a terminal would paste two.
  if (/[\x80-\xff]/.test(shown))
    return command.add("--header", [{ source: `$(printf ${printfFormat(Buffer.from(`${name}: ${shown}`, "latin1"))})` }]);
  command.add("--header", `${name}: ${shown}`);
}

/** The Secret of a bearer token stands for the whole value, the scheme included, and says so in its reference. */
function secretHeader(command: CurlCommand, secret: Secret): ShellText {
  const [, scheme, reference] = /^(Bearer) (.+)$/s.exec(secret.reference) ?? [];
  if (scheme === undefined || reference === undefined) return [command.secret(secret)];
  return [`${scheme} `, command.secret(secret, reference)];
}

/** The scheme of an Authorization header is no secret, and the name of what is missing. */
function credential(command: CurlCommand, name: string, value: string): ShellText {
  const scheme = /^(?:Bearer|Basic|Digest|Token|ApiKey) (?=\S)/i.exec(value)?.[0];
  if (scheme === undefined || !/authorization$/i.test(name)) return [command.hide(name, value)];
  return [scheme, command.hide(scheme === "Bearer " ? "token" : name, value.slice(scheme.length))];
}

/** Names and values, in their order. */
export function pairsOf(headers: HeaderList): [name: string, value: HeaderValue][] {
  const flat = headers.flat();
  const values = flat.text ?? flat.values;
  const pairs: [string, HeaderValue][] = [];
  for (let i = 0; i + 1 < values.length; i += 2) pairs.push([String(values[i]), values[i + 1] ?? ""]);
  return pairs;
}
