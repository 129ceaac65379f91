import type { StreamResponse } from "../../../client/index.ts";
import { mediaType } from "../../../body/index.ts";
import { filePath, type Io } from "../../io.ts";
import { painter, type Paint } from "../../output/color.ts";
import { renderHead, renderRequestHead } from "../../output/head.ts";
import { renderMeta } from "../../output/meta.ts";
import { isJsonType, terminalBody } from "../../output/terminal-body.ts";
import type { ExchangeLog, LoggedExchange } from "./exchange-log.ts";
import type { RequestFlags } from "./flags.ts";
import type { MadePlan } from "./materialize.ts";
import type { Part } from "./printed-parts.ts";
import { saveBody } from "./save-body.ts";

export interface ShownCall {
  readonly parts: ReadonlySet<Part>;
  readonly flags: RequestFlags;
  /** Present where requests or redirects are shown. */
  readonly log: ExchangeLog | undefined;
  readonly made: MadePlan | undefined;
}

/** Writes the parts of a call's exchanges to stdout, a blank line between two. */
export class ExchangeWriter {
  readonly #call: ShownCall;
  readonly #io: Io;
  readonly #paint: Paint;
  #hasWritten = false;
  #isAtLineStart = true;

  constructor(call: ShownCall, io: Io) {
    const { pretty } = call.flags;
    const hasColor = pretty === undefined ? io.stdout.hasColor : pretty === "all" || pretty === "colors";
    this.#call = call;
    this.#io = io;
    this.#paint = painter(hasColor);
  }

  /** The requests that were sent, or would be: the first, or with `--all` each. */
  async requests(): Promise<void> {
    const { log, flags } = this.#call;
    const shown = log?.exchanges.filter(({ hop }) => flags.all === true || hop === 0) ?? [];
    for (const exchange of flags.all === true ? shown : shown.slice(-1)) await this.#request(exchange);
  }

  /**
   * Everything, the body of the response as it arrives.
   *
   * @param chunks its body where somebody else reads along
   */
  async response(response: StreamResponse, chunks?: AsyncIterable<Uint8Array>): Promise<void> {
    const { parts, flags, log } = this.#call;
    if (flags.quiet > 0) return this.#body(response, chunks);
    if (flags.all === true) await this.#redirects(response);
    const last = log?.ofHop(flags.all === true ? response.history.length : 0);
    if (last !== undefined) await this.#request(last);
    if (parts.has("h")) await this.#text(renderHead(response, this.#paint));
    await this.#body(response, chunks);
    if (parts.has("m")) await this.#text(renderMeta(response));
  }

  async #redirects({ history }: StreamResponse): Promise<void> {
    const { parts, log } = this.#call;
    for (const [hop, redirect] of history.entries()) {
      const logged = log?.ofHop(hop);
      if (logged !== undefined) await this.#request(logged);
      if (parts.has("h")) await this.#text(renderHead(redirect, this.#paint));
      // A redirect's body is kept as it came; one with a coding would be noise.
      if (parts.has("b") && redirect.header("content-encoding") === undefined)
        await this.#bytes(redirect.bytes(), redirect.header("content-type"));
    }
  }

  async #request({ request, hasBody }: LoggedExchange): Promise<void> {
    const { parts, made } = this.#call;
    if (parts.has("H")) await this.#text(renderRequestHead(request, this.#paint));
    if (parts.has("B") && hasBody && made?.bytes !== undefined) await this.#bytes(made.bytes, made.contentType);
  }

  async #body(response: StreamResponse, chunks: AsyncIterable<Uint8Array> | undefined): Promise<void> {
    const { parts, flags } = this.#call;
    const isQuiet = flags.quiet > 0;
    if (flags.output !== undefined) return void (await saveBody(chunks ?? response.body, filePath(this.#io, flags.output)));
    // Quiet or not, the body is read: a broken one is a failure.
    if (!parts.has("b") && !isQuiet) return response.close();
    const head = { contentType: response.header("content-type"), contentLength: response.header("content-length") };
    if (!isQuiet) return this.#write(this.#shown(chunks ?? response.body, head));
    for await (const chunk of chunks ?? response.body) void chunk;
  }

  async #bytes(bytes: Uint8Array, contentType: string | undefined): Promise<void> {
    if (bytes.length === 0) return;
    await this.#write(this.#shown(oneChunk(bytes), { contentType, contentLength: String(bytes.length) }));
  }

  /** Laid out and safe for a terminal; untouched for everything else, unless `--pretty` asks for more. */
  #shown(
    chunks: AsyncIterable<Uint8Array>,
    head: { readonly contentType: string | undefined; readonly contentLength: string | undefined },
  ): AsyncIterable<string | Uint8Array> {
    const { pretty, responseCharset, responseMime } = this.#call.flags;
    const contentType = responseMime ?? head.contentType;
    const isWanted = pretty !== undefined && pretty !== "none" && isJsonType(mediaType(contentType)?.type);
    if (!this.#io.stdout.isTTY && !isWanted) return responseCharset === undefined ? chunks : asUtf8(chunks, responseCharset);
    const isFormatted = pretty === undefined ? this.#io.stdout.isTTY : pretty === "all" || pretty === "format";
    return terminalBody(chunks, { ...head, contentType, paint: this.#paint, isFormatted, charset: responseCharset });
  }

  async #text(text: string): Promise<void> {
    await this.#gap();
    this.#io.stdout.print(text);
    this.#isAtLineStart = true;
  }

  async #write(chunks: AsyncIterable<string | Uint8Array>): Promise<void> {
    let isFirst = true;
    for await (const chunk of chunks) {
      if (chunk.length === 0) continue;
      if (isFirst) await this.#gap();
      isFirst = false;
      await this.#io.stdout.write(chunk);
      this.#isAtLineStart = chunk.at(-1) === "\n" || chunk.at(-1) === 0x0a;
    }
  }

  async #gap(): Promise<void> {
    if (this.#hasWritten) await this.#io.stdout.write(this.#isAtLineStart ? "\n" : "\n\n");
    this.#hasWritten = true;
  }
}

/** Text in another charset for a pipe; nothing else of it is touched. */
async function* asUtf8(chunks: AsyncIterable<Uint8Array>, charset: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(charset);
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
