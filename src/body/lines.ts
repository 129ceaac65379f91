import { ResponseTooLargeError, type RequestSummary } from "../errors/index.ts";
import { prefix } from "./content-coding.ts";
import { textDecoder } from "./decode-text.ts";
import { LineSplitter, type LineEnd } from "./line-splitter.ts";

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

/**
 * The lines of a text stream, without their ends (LF, CRLF or CR); what follows the last end is a line unless it is empty.
 *
 * A line is given as soon as its end arrives. Leaving the loop early closes the source. Throws DecodeError for an unknown
 * charset, ResponseTooLargeError past `maxLineBytes`.
 */
export async function* lines(chunks: AsyncIterable<Uint8Array>, options: LineOptions = {}): AsyncGenerator<string> {
  for await (const batch of lineBatches(chunks, options, "any")) for (const line of batch) yield line;
}

/** Lines that end in LF alone, those of a chunk together: in NDJSON a CR is white space and may stand inside a value. */
export function feedLineBatches(chunks: AsyncIterable<Uint8Array>, options: LineOptions): AsyncGenerator<readonly string[]> {
  return lineBatches(chunks, options, "lf");
}

async function* lineBatches(chunks: AsyncIterable<Uint8Array>, options: LineOptions, end: LineEnd): AsyncGenerator<readonly string[]> {
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
