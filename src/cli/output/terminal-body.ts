import { TextDecoder } from "node:util";
import { mediaType } from "../../body/index.ts";
import type { Paint } from "./color.ts";
import { escapeControls } from "./control-characters.ts";
import { formatJson } from "./json.ts";
import { showSize } from "./size.ts";

export interface TerminalBodyOptions {
  /** The Content-Type header. */
  readonly contentType: string | undefined;
  /** The Content-Length header, to say how much there would be. */
  readonly contentLength: string | undefined;
  readonly paint: Paint;
}

/** JSON up to this size is laid out; more is shown as it comes. */
const formattedBytes = 5_000_000;

/**
 * A body as a terminal shows it: JSON laid out and coloured, other text as it arrives, control characters made visible,
 * binary data only named. Ends with a newline.
 */
export async function* terminalBody(chunks: AsyncIterable<Uint8Array>, options: TerminalBodyOptions): AsyncGenerator<string> {
  const type = mediaType(options.contentType);
  if (type !== undefined && isBinaryType(type.type)) return yield binaryNotice(options);
  const decoder = textDecoder(type?.params["charset"]);
  const isJson = type !== undefined && /[/+]json$/.test(type.type);
  let held = "";
  let heldBytes = 0;
  let last = "";
  for await (const chunk of chunks) {
    if (decoder.encoding === "utf-8" && chunk.includes(0))
      return yield (last.endsWith("\n") || last === "" ? "" : "\n") + binaryNotice(options);
    const text = decoder.decode(chunk, { stream: true });
    heldBytes += chunk.byteLength;
    if (isJson && heldBytes <= formattedBytes) {
      held += text;
      continue;
    }
    const shown = held + text;
    // Half a line end: the other half may begin the next chunk.
    held = shown.endsWith("\r") ? "\r" : "";
    last = escapeControls(shown.slice(0, shown.length - held.length));
    yield last;
  }
  held += decoder.decode();
  if (held !== "") yield (last = (isJson ? formatJson(held, options.paint) : undefined) ?? escapeControls(held));
  if (last !== "" && !last.endsWith("\n")) yield "\n";
}

/** An unknown charset is shown as UTF-8, with marks for what does not fit: better than no body. */
function textDecoder(charset: string | undefined): TextDecoder {
  try {
    return new TextDecoder(charset ?? "utf-8");
  } catch {
    return new TextDecoder("utf-8");
  }
}

function isBinaryType(type: string): boolean {
  if (type === "image/svg+xml") return false;
  return /^(image|audio|video|font)\/|^application\/(octet-stream|zip|gzip|pdf|x-tar|zstd|wasm|vnd\.openxmlformats.*)$/.test(type);
}

function binaryNotice({ contentType, contentLength }: TerminalBodyOptions): string {
  const size = contentLength !== undefined && /^\d+$/.test(contentLength) ? `${showSize(Number(contentLength))} of ` : "";
  return `(binary data is not shown on a terminal: ${size}${escapeControls(contentType ?? "no declared type")}; save it with -o FILE)\n`;
}
