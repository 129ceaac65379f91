import { isUtf8 } from "node:buffer";
import { childAt, childrenOf, type Element } from "../asn1/der.ts";
import { escapeText, readOid, readText } from "../asn1/values.ts";

/** A name of a certificate's subject (RFC 5280 4.2.1.6), as it stands there: NUL and control characters included. */
export interface GeneralName {
  readonly type: "DNS" | "IP" | "email" | "URI" | "directory" | "other";
  readonly value: string;
  /** Of an address (or network, in a constraint) its bytes; of a directory name its DER. */
  readonly bytes: Buffer;
}

const textTypes: Readonly<Record<number, GeneralName["type"]>> = { 0x81: "email", 0x82: "DNS", 0x86: "URI" };

export function readGeneralName(element: Element): GeneralName {
  const { tag, content } = element;
  const type = textTypes[tag];
  // By the rules it is ASCII; where it is not, UTF-8 is what was meant.
  if (type !== undefined) return { type, value: content.toString(isUtf8(content) ? "utf8" : "latin1"), bytes: content };
  if (tag === 0x87) return { type: "IP", value: addressText(content), bytes: content };
  if (tag === 0xa4) {
    const name = childAt(element, 0);
    return { type: "directory", value: readName(name).text, bytes: name.content };
  }
  return { type: "other", value: "", bytes: content };
}

/** `DNS:example.com`, safe for a terminal. */
export function showGeneralName({ type, value }: GeneralName): string {
  return `${type}:${escapeText(value)}`;
}

/** 4 or 16 bytes are an address, 8 or 32 a network (RFC 5280 4.2.1.10). */
function addressText(bytes: Buffer): string {
  switch (bytes.length) {
    case 4:
      return bytes.join(".");
    case 16:
      return canonicalIPv6(bytes);
    case 8:
    case 32: {
      const half = bytes.length / 2;
      return `${addressText(bytes.subarray(0, half))}/${[...bytes.subarray(half)].reduce((sum, byte) => sum + bitCount(byte), 0)}`;
    }
    default:
      return bytes.toString("hex");
  }
}

function canonicalIPv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

function bitCount(byte: number): number {
  return byte.toString(2).replaceAll("0", "").length;
}

/** A distinguished name, with what is asked of it most. */
export interface DistinguishedName {
  /** `CN=api.example.com, O=Example`, safe for a terminal. */
  readonly text: string;
  readonly commonName: string | undefined;
  readonly organization: string | undefined;
}

const attributeNames: Readonly<Record<string, string>> = {
  "2.5.4.3": "CN",
  "2.5.4.5": "serialNumber",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "0.9.2342.19200300.100.1.25": "DC",
  "1.2.840.113549.1.9.1": "emailAddress",
};

export function readName(element: Element): DistinguishedName {
  const attributes = childrenOf(element).flatMap((set) =>
    childrenOf(set).map((pair) => {
      const oid = readOid(childAt(pair, 0));
      return { name: attributeNames[oid] ?? oid, value: readText(childAt(pair, 1)) };
    }),
  );
  const last = (wanted: string): string | undefined => attributes.findLast(({ name }) => name === wanted)?.value;
  return {
    text: attributes.length === 0 ? "(no name)" : attributes.map(({ name, value }) => `${name}=${escapeText(value)}`).join(", "),
    commonName: last("CN"),
    organization: last("O"),
  };
}
