import type { Socket } from "node:net";
import symbols from "undici/lib/core/symbols.js";

/** undici's HTTP/1.1 parser of one socket, as far as it concerns us. */
interface ResponseParser {
  statusText: string;
  onStatus: (this: ResponseParser, part: Buffer) => number;
  onHeadersComplete: (this: ResponseParser, ...head: [status: number, isUpgrade: boolean, isKeptAlive: boolean]) => number;
}

/** Enough for any reason phrase; one without end is cut here, and ended by the timeout. */
const longestReason = 1024;

/**
 * Lets a connection live through a `100 Continue` that nobody asked for.
 *
 * undici breaks the connection off (its parser knows no Expect), but a client must be able to skip any 1xx (RFC 9110 15.2), and servers do
 * send them. To this socket's parser a 100 looks like a 102, which it skips. Call it when undici has taken the socket over.
 */
export function skipInterimResponses(socket: Socket): void {
  const parser: unknown = Reflect.get(socket, symbols.kParser);
  if (!isParser(parser)) return;
  const complete = parser.onHeadersComplete;
  parser.onHeadersComplete = function skip(status, isUpgrade, isKeptAlive) {
    return complete.call(this, status === 100 ? 102 : status, isUpgrade, isKeptAlive);
  };
  // A reason phrase that comes in two packets comes in two parts, of which undici keeps the second.
  parser.onStatus = function join(part) {
    if (this.statusText.length < longestReason) this.statusText += part.toString();
    return 0;
  };
}

function isParser(value: unknown): value is ResponseParser {
  return typeof value === "object" && value !== null && "onHeadersComplete" in value && typeof value.onHeadersComplete === "function";
}
