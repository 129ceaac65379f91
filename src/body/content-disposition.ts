import { readParameters, skipSpace } from "./parameters.ts";

/**
 * The file name of a Content-Disposition (RFC 6266), exactly as the server sent it; `undefined` when there is none.
 *
 * `filename*` (RFC 8187) beats `filename`; where it is malformed the plain one counts. The name is foreign input: it may hold directories,
 * dots, control characters.
 */
export function dispositionFilename(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const start = skipSpace(header, 0);
  const type = /^[!#$%&'*+.^_`|~\w-]+/.exec(header.slice(start))?.[0];
  if (type === undefined) return undefined;
  const { params } = readParameters(header, start + type.length);
  const extended = params["filename*"] === undefined ? undefined : decodeExtended(params["filename*"]);
  const plain = params["filename"] === undefined ? undefined : decodePlain(params["filename"]);
  return nonEmpty(extended) ?? nonEmpty(plain);
}

/** `UTF-8'en'%e2%82%ac` (RFC 8187 3.2); `undefined` when it cannot be read. */
function decodeExtended(value: string): string | undefined {
  const [, charset = "", encoded = ""] = /^([^']*)'[^']*'(.*)$/s.exec(value) ?? [];
  // The two that clients have to know, or had to (RFC 5987).
  if (!/^(?:utf-8|iso-8859-1)$/i.test(charset) || /%(?![0-9a-f]{2})/i.test(encoded)) return undefined;
  const bytes = Buffer.from(
    encoded.replaceAll(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );
  return charset.length === 5 ? decodeUtf8(bytes) : bytes.toString("latin1");
}

/** Servers send raw UTF-8 here, though it is latin-1 by the book: bytes that are valid UTF-8 hardly mean anything else. */
function decodePlain(value: string): string {
  if (!/[\x80-\xff]/.test(value) || /[^\0-\xff]/.test(value)) return value;
  return decodeUtf8(Buffer.from(value, "latin1")) ?? value;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // Not UTF-8: the caller has another reading.
    return undefined;
  }
}

function nonEmpty(name: string | undefined): string | undefined {
  return name === "" ? undefined : name;
}
