import { TextDecoder } from "node:util";
import { mediaType } from "../../body/index.ts";
import type { Paint } from "./color.ts";
import { escapeControls } from "./control-characters.ts";
import { JsonLayout } from "./json-layout.ts";
import { formatJson } from "./json.ts";
import { showSize } from "./size.ts";

export interface TerminalBodyOptions {
  /** The Content-Type header. */
  readonly contentType: string | undefined;
  /** The Content-Length header, to say how much there would be. */
  readonly contentLength: string | undefined;
  readonly paint: Paint;
  /** Lays JSON out. @default true */
  readonly isFormatted?: boolean;
  /** Read with this charset, whatever the Content-Type says. */
  readonly charset?: string | undefined;
}

/** JSON up to this size is looked at as a whole, to show as it came what is none; more is laid out while it arrives. */
const heldBytes = 1_000_000;

/**
 * A body as a terminal shows it: JSON laid out and coloured, other text as it arrives, control characters made visible,
 * binary data only named. Ends with a newline.
 */
export async function* terminalBody(chunks: AsyncIterable<Uint8Array>, options: TerminalBodyOptions): AsyncGenerator<string> {
  const type = mediaType(options.contentType);
  if (type !== undefined && isBinaryType(type.type)) return yield binaryNotice(options);
  const decoder = textDecoder(options.charset ?? type?.params["charset"]);
  const writer = isJsonType(type?.type) ? new JsonText(options) : new PlainText();
  let last = "";
  for await (const chunk of chunks) {
    if (decoder.encoding === "utf-8" && chunk.includes(0))
      return yield (last.endsWith("\n") || last === "" ? "" : "\n") + binaryNotice(options);
    const shown = writer.push(decoder.decode(chunk, { stream: true }));
    if (shown !== "") yield (last = shown);
  }
  const rest = writer.push(decoder.decode()) + writer.end();
  if (rest !== "") yield (last = rest);
  if (last !== "" && !last.endsWith("\n")) yield "\n";
}

/** `application/json`, `application/problem+json` and their like. */
export function isJsonType(type: string | undefined): boolean {
  return type !== undefined && /[/+]json$/.test(type);
}

interface TextWriter {
  push(text: string): string;
  end(): string;
}

/** Text as it arrives, control characters made visible. */
class PlainText implements TextWriter {
  #held = "";

  push(text: string): string {
    const shown = this.#held + text;
    // Half a line end: the other half may begin the next chunk.
    this.#held = shown.endsWith("\r") ? "\r" : "";
    return escapeControls(shown.slice(0, shown.length - this.#held.length));
  }

  end(): string {
    return escapeControls(this.#held);
  }
}

/** JSON, laid out; what turns out to be none is shown as text. */
class JsonText implements TextWriter {
  readonly #options: TerminalBodyOptions;
  #held = "";
  #through: TextWriter | JsonLayout | undefined;

  constructor(options: TerminalBodyOptions) {
    this.#options = options;
  }

  push(text: string): string {
    if (this.#through !== undefined) return this.#through.push(text);
    this.#held += text;
    if (this.#held.length <= heldBytes) return "";
    const { paint, isFormatted = true } = this.#options;
    this.#through = /^\s*[{[]/.test(this.#held) ? new JsonLayout({ paint, isIndented: isFormatted }) : new PlainText();
    return this.#through.push(this.#held);
  }

  end(): string {
    if (this.#through === undefined) {
      const { paint, isFormatted = true } = this.#options;
      return formatJson(this.#held, paint, isFormatted) ?? escapeControls(this.#held);
    }
    return this.#through instanceof JsonLayout ? "" : this.#through.end();
  }
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
