import { DecodeError, type RequestSummary } from "../errors/index.ts";
import { redactText } from "../secrets/index.ts";
import { prefix } from "./content-coding.ts";
import { mediaType } from "./media-type.ts";
import { asBuffer, byteOrderMark } from "./text-encoding.ts";

/**
 * The text of a body: a byte order mark decides, then the charset parameter, then UTF-8. Bytes that the charset does not
 * know become U+FFFD.
 *
 * @throws DecodeError (ERR_DECODE) for a charset that is not in the WHATWG Encoding Standard, or a text beyond V8's longest string.
 */
export function decodeText(bytes: Uint8Array, contentType: string | undefined, request?: RequestSummary): string {
  const mark = byteOrderMark(bytes);
  if (mark !== undefined) return decodeWith(mark.charset, bytes.subarray(mark.length), request);
  const charset = contentType === undefined ? undefined : mediaType(contentType)?.params.charset;
  return decodeWith(charset ?? "utf-8", bytes, request);
}

/** A decoder for the charset; DecodeError names one that does not exist. */
export function textDecoder(charset: string, request: RequestSummary | undefined): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(charset.trim());
  } catch {
    // Node's error quotes the charset, in which a server may repeat a credential: it may not become the cause.
    throw new DecodeError({
      code: "ERR_DECODE",
      message: `${prefix(request)}the body's charset ${JSON.stringify(redactText(charset).slice(0, 40))} is not known`,
      hint: "Take the bytes and decode them yourself: new TextDecoder(label).decode(response.bytes()).",
      request,
    });
  }
}

function decodeWith(charset: string, bytes: Uint8Array, request: RequestSummary | undefined): string {
  try {
    return isUtf8Label(charset) ? asBuffer(bytes).toString("utf8") : textDecoder(charset, request).decode(bytes);
  } catch (error) {
    if (error instanceof DecodeError) throw error;
    throw new DecodeError({
      code: "ERR_DECODE",
      message: `${prefix(request)}the body's ${bytes.length} bytes are more than a JavaScript string can hold`,
      hint: "Use stream: true and read it in lines or chunks, or take the bytes.",
      request,
      cause: error,
    });
  }
}

function isUtf8Label(charset: string): boolean {
  return charset === "utf-8" || charset === "UTF-8" || charset === "utf8";
}
