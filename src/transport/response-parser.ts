import type { Socket } from "node:net";
import symbols from "undici/lib/core/symbols.js";

/** undici's HTTP/1.1 parser of one socket, as far as it concerns us. */
interface ResponseParser {
  statusText: string;
  /** name, value, name, value ... */
  headers: Buffer[];
  /** As undici counts it, to compare it with the body. */
  contentLength: number;
  onStatus: (this: ResponseParser, part: Buffer) => number;
  onHeadersComplete: (this: ResponseParser, ...head: [status: number, isUpgrade: boolean, isKeptAlive: boolean]) => number;
}

/** Enough for any reason phrase; one without end is cut here, and ended by the timeout. */
const longestReason = 1024;

/**
 * Mends what undici's parser makes of three things that servers may send. Call it when undici has taken the socket over.
 *
 * - A `100 Continue` that nobody asked for breaks the connection off (the parser knows no Expect), but a client must be able to skip any
 *   1xx (RFC 9110 15.2). To this socket's parser a 100 looks like a 102, which it skips.
 * - A reason phrase in two packets comes in two parts, of which it keeps the second.
 * - Blanks behind a header's value belong to no value (RFC 9110 5.5); it keeps them, and takes them for digits of a Content-Length.
 */
export function mendParser(socket: Socket): void {
  const parser: unknown = Reflect.get(socket, symbols.kParser);
  if (!isParser(parser)) return;
  const complete = parser.onHeadersComplete;
  parser.onHeadersComplete = function mended(status, isUpgrade, isKeptAlive) {
    trimValues(this);
    return complete.call(this, status === 100 ? 102 : status, isUpgrade, isKeptAlive);
  };
  parser.onStatus = function join(part) {
    if (this.statusText.length < longestReason) this.statusText += part.toString();
    return 0;
  };
}

function trimValues(parser: ResponseParser): void {
  const { headers } = parser;
  for (let i = 1; i < headers.length; i += 2) {
    const value = headers[i];
    if (value === undefined || !isBlank(value.at(-1))) continue;
    const trimmed = value.subarray(0, value.findLastIndex((byte) => !isBlank(byte)) + 1);
    headers[i] = trimmed;
    // Digits alone: llhttp has refused everything else.
    if (headers[i - 1]?.toString("latin1").toLowerCase() === "content-length") parser.contentLength = Number(trimmed.toString("latin1"));
  }
}

/** A space or a tab. */
function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09;
}

function isParser(value: unknown): value is ResponseParser {
  return typeof value === "object" && value !== null && "onHeadersComplete" in value && typeof value.onHeadersComplete === "function";
}
