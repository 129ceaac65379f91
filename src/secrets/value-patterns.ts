import { MIN_RECORDED_LENGTH } from "./recorded-values.ts";
import { foldLines } from "./text-escapes.ts";

/** Lines that every key file has; hiding them would hide the word "certificate" from every log. */
const PEM_BOUNDARY = /^-----(?:BEGIN|END) [A-Z0-9 ]+-----$/;

/**
 * The strings by which a value is found in a text whose escapes (percent, JSON) are already undone: as it is, trimmed,
 * on one line, line by line, the path of a URL, and its base64 forms inside anything at all.
 */
export function patternsOf(value: string): readonly string[] {
  const plain = new Set<string>([value, value.trim(), foldLines(value), ...linesOf(value), ...urlPartsOf(value)]);
  const patterns = new Set<string>();
  for (const pattern of plain) if (pattern.length >= MIN_RECORDED_LENGTH) patterns.add(pattern);
  // In JSON that was encoded as a whole, e.g. the data of a Kubernetes Secret, the value stands escaped.
  for (const text of new Set([value, value.trim(), JSON.stringify(value.trim()).slice(1, -1)])) {
    for (const encoded of base64Forms(text)) patterns.add(encoded);
  }
  return [...patterns];
}

function linesOf(value: string): readonly string[] {
  if (!/[\r\n]/.test(value)) return [];
  return value
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => !PEM_BOUNDARY.test(line));
}

/** A webhook's path is as good as the whole URL. */
function urlPartsOf(value: string): readonly string[] {
  if (!/^https?:\/\//i.test(value) || !URL.canParse(value)) return [];
  const { pathname, search, username, password } = new URL(value);
  return [`${pathname}${search}`, pathname, username, password];
}

/**
 * Base64 works on groups of three bytes, so inside a longer input a value looks in three ways, by the number of bytes
 * before it modulo three (RFC 4648 4). The characters at the borders hold bits of the neighbours and are left out.
 */
function* base64Forms(text: string): Iterable<string> {
  const bytes = Buffer.from(text, "utf8");
  for (const offset of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    const form = encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
    yield form;
    yield form.replaceAll("+", "-").replaceAll("/", "_");
  }
}
