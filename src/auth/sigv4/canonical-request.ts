/** What is signed: AWS Signature Version 4, "Create a canonical request". */
export interface CanonicalInput {
  readonly method: string;
  /** As in the request line. */
  readonly path: string;
  /** With its question mark, or empty. */
  readonly search: string;
  readonly headers: Iterable<readonly [name: string, values: readonly string[]]>;
  readonly payloadHash: string;
  /** S3 takes the path as it is; others normalize it and encode it once more. */
  readonly isS3: boolean;
}

export interface CanonicalRequest {
  readonly text: string;
  /** Lower-case names in order, joined by semicolons. */
  readonly signedHeaders: string;
}

export function canonicalRequest({ method, path, search, headers, payloadHash, isS3 }: CanonicalInput): CanonicalRequest {
  const lines = canonicalHeaders(headers);
  const signedHeaders = lines.map(([name]) => name).join(";");
  const fields = lines.map(([name, value]) => `${name}:${value}\n`).join("");
  const text = [method, isS3 ? objectPath(path) : normalizedPath(path), canonicalQuery(search), fields, signedHeaders, payloadHash].join(
    "\n",
  );
  return { text, signedHeaders };
}

/** S3: every byte of the key encoded once, slashes and empty segments kept. */
function objectPath(path: string): string {
  return encodeBytes(decodeBytes(path), notInPath);
}

/** All others: RFC 3986 dot segments and double slashes removed, then what the request line has is encoded again, its % included. */
export function normalizedPath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(segment);
  }
  const isFolder = kept.length > 0 && /\/\.{0,2}$/.test(path);
  return encodeBytes(latin1Bytes(`/${kept.join("/")}${isFolder ? "/" : ""}`), notInPath);
}

/** Names and values encoded once, sorted by name and then by value; a name without `=` has an empty value. */
export function canonicalQuery(search: string): string {
  const pairs = search
    .replace(/^\?/, "")
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const equals = part.indexOf("=");
      const [name, value] = equals === -1 ? [part, ""] : [part.slice(0, equals), part.slice(equals + 1)];
      return [recode(name), recode(value)] as const;
    });
  pairs.sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB));
  return pairs.map(([name, value]) => `${name}=${value}`).join("&");
}

/** A plus is a space there, as AWS reads queries. */
function recode(text: string): string {
  return encodeBytes(decodeBytes(text.replaceAll("+", " ")), notUnreserved);
}

/** Lower-case names in order, values trimmed and joined, runs of blanks made one. */
function canonicalHeaders(headers: CanonicalInput["headers"]): readonly (readonly [name: string, value: string])[] {
  const merged = new Map<string, string[]>();
  for (const [name, values] of headers) {
    const key = name.toLowerCase();
    const trimmed = values.map((value) => value.replace(/\s+/g, " ").trim());
    merged.set(key, [...(merged.get(key) ?? []), ...trimmed]);
  }
  return [...merged].map(([name, values]) => [name, values.join(",")] as const).sort(([a], [b]) => compare(a, b));
}

/** By code unit: not localeCompare, for the server sorts bytes. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The bytes that percent-encoding stands for, as latin-1 characters; a % that encodes nothing stays. */
function decodeBytes(text: string): string {
  return latin1Bytes(text).replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function latin1Bytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** @param changed what is not kept as it is */
function encodeBytes(bytes: string, changed: RegExp): string {
  return bytes.replace(changed, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}

/** RFC 3986 2.3, and the slashes of a path. */
const notUnreserved = /[^A-Za-z0-9\-._~]/g;
const notInPath = /[^A-Za-z0-9\-._~/]/g;
