import { DecodeError } from "../errors/index.ts";
import { prefix } from "./content-coding.ts";
import { feedLineBatches, type LineOptions } from "./lines.ts";
import { faultOf, parseJsonText, snippetOf, type JsonContext } from "./parse-json.ts";

/** How a stream of JSON values is read, and what its errors say. */
export interface NdjsonOptions extends LineOptions, Pick<JsonContext, "bigint" | "redact"> {}

/**
 * The values of newline-delimited JSON, each as soon as its line is complete; blank lines are skipped.
 *
 * Throws DecodeError (ERR_DECODE) naming the line, ResponseTooLargeError past `maxLineBytes`. `T` is the caller's claim, not checked.
 */
export async function* ndjson<T = unknown>(chunks: AsyncIterable<Uint8Array>, options: NdjsonOptions = {}): AsyncGenerator<T> {
  let lineNumber = 0;
  for await (const batch of feedLineBatches(chunks, options)) {
    for (const line of batch) {
      lineNumber += 1;
      if (line.trim() !== "") yield parseLine(line, lineNumber, options) as T;
    }
  }
}

function parseLine(line: string, lineNumber: number, options: NdjsonOptions): unknown {
  try {
    return parseJsonText(line, options.bigint === true);
  } catch {
    // V8's error quotes the text, so it may not become the cause.
    throw new DecodeError({
      code: "ERR_DECODE",
      message: `${prefix(options.request)}line ${lineNumber} of the stream is not JSON: ${faultOf(line).replace("line 1, ", "")} (${line.length} characters)`,
      hint: "Each line must be one JSON value; error.snippet has the line's redacted beginning. A cut last line means that the stream broke.",
      request: options.request,
      snippet: snippetOf(line, options.redact),
    });
  }
}
