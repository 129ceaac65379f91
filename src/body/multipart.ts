import { BytesBody, StreamedBody, type EncodedBody } from "./encoded-body.ts";
import type { FormPair } from "./encode-form.ts";
import type { FilePart } from "./file-part.ts";

/** Smaller bodies are joined at once, which saves the transport a write per part. */
const MAX_JOINED_BYTES = 64 * 1024;
const CRLF = Buffer.from("\r\n");

interface Segment {
  readonly length?: number;
  readonly bytes?: Buffer;
  readonly open?: () => AsyncIterable<Uint8Array>;
}

/** Fields, then files, as `multipart/form-data` (RFC 7578): streamed, with a length when every part has one. */
export function encodeMultipart(fields: readonly FormPair[], files: readonly FilePart[]): EncodedBody {
  // Unpredictable, so that no content can be made to look like the end of its part.
  // node:crypto takes milliseconds to load, so it is loaded with the first multipart body.
  const boundary = `errand-${process.getBuiltinModule("node:crypto").randomBytes(16).toString("hex")}`;
  const contentType = `multipart/form-data; boundary=${boundary}`;
  const segments = [
    ...fields.map(([name, value]) => atHand(`${partStart(boundary, name)}\r\n\r\n${value}\r\n`)),
    ...files.flatMap((file): Segment[] => [atHand(fileHead(boundary, file)), file.payload, { bytes: CRLF, length: CRLF.length }]),
    atHand(`--${boundary}--\r\n`),
  ];
  const contentLength = totalLength(segments);
  if (contentLength !== undefined && contentLength <= MAX_JOINED_BYTES) {
    const pieces = segments.flatMap((segment) => (segment.bytes === undefined ? [] : [segment.bytes]));
    if (pieces.length === segments.length) return new BytesBody(Buffer.concat(pieces), contentType);
  }
  return new StreamedBody({
    contentType,
    contentLength,
    isReplayable: files.every((file) => file.payload.isReplayable),
    start: () => stream(segments),
  });
}

async function* stream(segments: readonly Segment[]): AsyncGenerator<Uint8Array> {
  for (const segment of segments) {
    if (segment.bytes !== undefined) {
      if (segment.bytes.length > 0) yield segment.bytes;
    } else if (segment.open !== undefined) yield* segment.open();
  }
}

function atHand(text: string): Segment {
  const bytes = Buffer.from(text);
  return { bytes, length: bytes.length };
}

function fileHead(boundary: string, file: FilePart): string {
  const fileName = file.fileName === null ? "" : `; filename="${escapeName(file.fileName)}"`;
  return `${partStart(boundary, file.field)}${fileName}\r\nContent-Type: ${file.type}\r\n\r\n`;
}

function partStart(boundary: string, name: string): string {
  return `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(name)}"`;
}

/** As browsers do (WHATWG HTML 4.10.21.8): names stay UTF-8, and what could end the value or the line is percent-encoded. */
function escapeName(name: string): string {
  return name.replaceAll(/["\r\n\0]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}

function totalLength(segments: readonly Segment[]): number | undefined {
  let total = 0;
  for (const { length } of segments) {
    if (length === undefined) return undefined;
    total += length;
  }
  return total;
}
