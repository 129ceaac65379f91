import { MalformedDer, tags, type Element } from "./der.ts";

/** An object identifier in dots. */
export function readOid(element: Element): string {
  if (element.tag !== tags.oid || element.content.length === 0) throw new MalformedDer("no object identifier");
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const byte of element.content) {
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    if (byte >= 0x80) continue;
    arcs.push(arc);
    arc = 0n;
  }
  const [first = 0n, ...rest] = arcs;
  const top = first < 40n ? 0n : first < 80n ? 1n : 2n;
  return [top, first - top * 40n, ...rest].join(".");
}

/** A small integer, as path lengths and versions are. */
export function readInteger(element: Element): number {
  if (element.content.length === 0 || element.content.length > 6) throw new MalformedDer("an integer out of range");
  return element.content.readIntBE(0, element.content.length);
}

/** The bits of a BIT STRING, without the count of unused ones that leads it. */
export function readBits(element: Element): Buffer {
  const unused = element.content[0];
  if (element.tag !== tags.bitString || unused === undefined || unused > 7) throw new MalformedDer("no bit string");
  return element.content.subarray(1);
}

/** The numbers of the bits that are set, the most significant first. */
export function bitsSet(element: Element): ReadonlySet<number> {
  const bits = readBits(element);
  return new Set(
    [...bits].flatMap((byte, index) =>
      [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (byte & (0x80 >> bit)) !== 0).map((bit) => index * 8 + bit),
    ),
  );
}

/** UTCTime and GeneralizedTime as RFC 5280 4.1.2.5 writes them: with seconds, in UTC. */
export function readTime(element: Element): number {
  const text = element.content.toString("latin1");
  const match = /^(\d{2}|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?Z$/.exec(text);
  const [, year = "", month, day, hour, minute, second] = match ?? [];
  if (match === null || (element.tag === 0x17) !== (year.length === 2)) throw new MalformedDer("no time");
  const century = year.length === 4 ? 0 : Number(year) < 50 ? 2000 : 1900;
  return Date.UTC(Number(year) + century, Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
}

/** A character string of any kind; BMPString and UniversalString are rare but allowed (RFC 5280 4.1.2.4). */
export function readText(element: Element): string {
  const { tag, content } = element;
  if (tag === 0x0c) return content.toString("utf8");
  if (tag === 0x1e) return content.length % 2 === 0 ? Buffer.from(content).swap16().toString("utf16le") : content.toString("latin1");
  return content.toString("latin1");
}

/** Text of a certificate for a terminal: control characters and those that turn the direction of writing are written as escapes. */
export function escapeText(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`;
  });
}
