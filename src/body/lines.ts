import { ResponseTooLargeError, type RequestSummary } from "../errors/index.ts";
import { prefix } from "./content-coding.ts";
import { textDecoder } from "./decode-text.ts";

/** How a stream is cut into lines. */
export interface LineOptions {
  /** A WHATWG label; default UTF-8. */
  readonly charset?: string;
  /** Longest line in bytes of UTF-8; default 100 MB. A longer one is a ResponseTooLargeError. */
  readonly maxLineBytes?: number;
  /** Named in errors. */
  readonly request?: RequestSummary;
}

/** A line is held in memory as a buffered body is, so it has the same bound. */
const DEFAULT_MAX_LINE_BYTES = 100_000_000;

const anyEnd = /\r\n?|\n/g;
const lineFeed = /\n/g;

/**
 * The lines of a text stream, without their ends (LF, CRLF or CR); what follows the last end is a line unless it is empty.
 *
 * A line is given as soon as its end arrives. Leaving the loop early closes the source. Throws DecodeError for an unknown
 * charset, ResponseTooLargeError past `maxLineBytes`.
 */
export async function* lines(chunks: AsyncIterable<Uint8Array>, options: LineOptions = {}): AsyncGenerator<string> {
  for await (const batch of lineBatches(chunks, options, anyEnd)) for (const line of batch) yield line;
}

/** Lines that end in LF alone, those of a chunk together: in NDJSON a CR is white space and may stand inside a value. */
export function feedLineBatches(chunks: AsyncIterable<Uint8Array>, options: LineOptions): AsyncGenerator<readonly string[]> {
  return lineBatches(chunks, options, lineFeed);
}

async function* lineBatches(chunks: AsyncIterable<Uint8Array>, options: LineOptions, end: RegExp): AsyncGenerator<readonly string[]> {
  const decoder = textDecoder(options.charset ?? "utf-8", options.request);
  const splitter = new LineSplitter(end, options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES);
  for await (const chunk of chunks) {
    yield splitter.push(decoder.decode(chunk, { stream: true }));
    // Checked after the lines before it were given.
    if (splitter.isTooLong) throw lineTooLong(options);
  }
  yield splitter.push(decoder.decode());
  if (splitter.isTooLong) throw lineTooLong(options);
  yield splitter.finish();
}

function lineTooLong({ maxLineBytes = DEFAULT_MAX_LINE_BYTES, request }: LineOptions): ResponseTooLargeError {
  return new ResponseTooLargeError({
    code: "ERR_RESPONSE_TOO_LARGE",
    message: `${prefix(request)}a line of the stream is longer than ${maxLineBytes} bytes`,
    hint: "Raise maxLineBytes if such lines are expected, or read the chunks instead.",
    limitBytes: maxLineBytes,
    request,
  });
}

class LineSplitter {
  /** A line passed the limit; nothing after it was cut. */
  isTooLong = false;
  readonly #end: RegExp;
  readonly #maxBytes: number;
  /** Pieces of the line that has no end yet: joined once, so that many small chunks cost no more than one large. */
  #pieces: string[] = [];
  #pendingBytes = 0;
  /** The last text ended in CR, whose line is out already; an LF now belongs to it. */
  #endedInCr = false;

  constructor(end: RegExp, maxBytes: number) {
    this.#end = new RegExp(end);
    this.#maxBytes = maxBytes;
  }

  push(text: string): string[] {
    const complete: string[] = [];
    if (text === "") return complete;
    let start = this.#endedInCr && text[0] === "\n" ? 1 : 0;
    this.#end.lastIndex = start;
    for (let match = this.#end.exec(text); match !== null; match = this.#end.exec(text)) {
      this.#hold(text.slice(start, match.index));
      if (this.isTooLong) return complete;
      complete.push(this.#take());
      start = match.index + match[0].length;
    }
    this.#endedInCr = this.#end.source === anyEnd.source && text.endsWith("\r");
    this.#hold(text.slice(start));
    return complete;
  }

  finish(): string[] {
    return this.#pieces.length > 0 ? [this.#take()] : [];
  }

  #hold(piece: string): void {
    if (piece === "") return;
    this.#pendingBytes += Buffer.byteLength(piece);
    this.isTooLong = this.#pendingBytes > this.#maxBytes;
    this.#pieces.push(piece);
  }

  #take(): string {
    const line = this.#pieces.length === 1 ? (this.#pieces[0] ?? "") : this.#pieces.join("");
    this.#pieces = [];
    this.#pendingBytes = 0;
    return line;
  }
}
