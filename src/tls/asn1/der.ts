/** One DER value (X.690 8.1): its tag, what it holds, and itself. */
export interface Element {
  readonly tag: number;
  readonly content: Buffer;
  readonly raw: Buffer;
}

/** Bytes that are not DER. */
export class MalformedDer extends Error {}

export const tags = { integer: 0x02, bitString: 0x03, octetString: 0x04, oid: 0x06, sequence: 0x30, set: 0x31, boolean: 0x01 } as const;

/** The tag of a context-specific value: `[0]` and so on. */
export function contextTag(number: number, isConstructed = true): number {
  return (isConstructed ? 0xa0 : 0x80) + number;
}

/** Reads bytes that are one value and nothing else. */
export function readDer(bytes: Buffer): Element {
  const element = readElement(bytes, 0);
  if (element.raw.length !== bytes.length) throw new MalformedDer("bytes after the end");
  return element;
}

/** The values within a constructed one, in their order. */
export function childrenOf(element: Element, tag?: number): readonly Element[] {
  if (tag !== undefined) expectTag(element, tag);
  const children: Element[] = [];
  for (let at = 0; at < element.content.length;) {
    const child = readElement(element.content, at);
    children.push(child);
    at += child.raw.length;
  }
  return children;
}

/** The value at a place of a sequence; one that is missing is malformed. */
export function childAt(element: Element, index: number): Element {
  const child = childrenOf(element)[index];
  if (child === undefined) throw new MalformedDer("a value is missing");
  return child;
}

function expectTag(element: Element, tag: number): void {
  if (element.tag !== tag) throw new MalformedDer(`tag ${element.tag} instead of ${tag}`);
}

function readElement(bytes: Buffer, at: number): Element {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) throw new MalformedDer("it ends early");
  if ((tag & 0x1f) === 0x1f) throw new MalformedDer("a tag of several bytes");
  const { length, header } = first < 0x80 ? { length: first, header: 2 } : longLength(bytes, at + 1, first & 0x7f);
  const end = at + header + length;
  if (end > bytes.length) throw new MalformedDer("a length beyond the end");
  return { tag, content: bytes.subarray(at + header, end), raw: bytes.subarray(at, end) };
}

/** X.690 10.1: definite, and in as few bytes as possible. */
function longLength(bytes: Buffer, at: number, count: number): { length: number; header: number } {
  if (count === 0 || count > 4 || at + count >= bytes.length) throw new MalformedDer("a length that is not DER");
  const length = bytes.readUIntBE(at + 1, count);
  if (length < 0x80 || (count > 1 && bytes[at + 1] === 0)) throw new MalformedDer("a length that is not minimal");
  return { length, header: 2 + count };
}
