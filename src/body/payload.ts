import type { BodySource, FileAtPath } from "./body-options.ts";
import { filePayload } from "./file-payload.ts";
import { invalidBody, kindOf } from "./invalid-body.ts";

/** Content of a body or of one part: bytes at hand, or a way to read them. */
export interface Payload {
  /** In bytes; absent when unknown. */
  readonly length?: number;
  readonly isReplayable: boolean;
  readonly type?: string;
  /** Base name of the file it comes from. */
  readonly name?: string;
  readonly bytes?: Buffer;
  readonly open: () => AsyncIterable<Uint8Array>;
}

/** Sorts a source; `place` is the option it stands in, for messages. A promise only for files, which must be looked at. */
export function toPayload(source: BodySource, place: string): Payload | Promise<Payload> {
  if (typeof source === "string") return bytesPayload(Buffer.from(source), "text/plain;charset=UTF-8");
  if (ArrayBuffer.isView(source)) return bytesPayload(Buffer.from(source.buffer, source.byteOffset, source.byteLength));
  if (source instanceof ArrayBuffer) return bytesPayload(Buffer.from(source));
  if (source instanceof URLSearchParams) return bytesPayload(Buffer.from(source.toString()), "application/x-www-form-urlencoded");
  if (source instanceof Blob) return blobPayload(source, place);
  if (isAsyncIterable(source)) return streamPayload(source, place);
  // After the streams: a Node file stream has a `path` too.
  if (isFileAtPath(source)) return filePayload(source.path, `${place}.path`);
  throw invalidBody(
    `${place} must be text, bytes, a Blob, a stream or { path }, not ${kindOf(source)}`,
    place === "body" ? "An object is sent with json or form; leave body out for none." : 'Give { path: "..." } for a file on disk.',
  );
}

function bytesPayload(bytes: Buffer, type?: string): Payload {
  return { bytes, length: bytes.length, isReplayable: true, type, open: () => once(bytes) };
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

function blobPayload(blob: Blob, place: string): Payload {
  return {
    length: blob.size,
    isReplayable: true,
    type: blob.type === "" ? undefined : blob.type,
    name: blob instanceof File ? baseName(blob.name) : undefined,
    open: () => checkedChunks(blob.stream(), place),
  };
}

/** Iterators that were given out once: a generator has nothing left for a second request, and would say so by an empty body. */
const spentIterators = new WeakSet<object>();

function streamPayload(source: AsyncIterable<unknown>, place: string): Payload {
  // Looked at now, before any byte of the body leaves, and again when its turn comes.
  refuseSpent(source, place);
  return {
    isReplayable: false,
    open: () => {
      refuseSpent(source, place);
      if ("next" in source) spentIterators.add(source);
      return checkedChunks(source, place);
    },
  };
}

function refuseSpent(source: AsyncIterable<unknown>, place: string): void {
  if ("locked" in source && source.locked === true)
    throw invalidBody(`${place} is a stream that somebody else is reading (it is locked)`, "Give the stream before anything reads it.");
  if (spentIterators.has(source) || isDisturbed(source))
    throw invalidBody(`${place} is a stream that was already read`, "Make a new stream for each request.");
}

function isDisturbed(source: object): boolean {
  const { Readable } = process.getBuiltinModule("node:stream");
  if (source instanceof Readable) return source.destroyed || Readable.isDisturbed(source);
  // It takes web streams too, which @types/node does not say.
  return source instanceof ReadableStream && Readable.isDisturbed(source as object as NodeJS.ReadableStream);
}

async function* checkedChunks(source: AsyncIterable<unknown>, place: string): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    if (chunk instanceof Uint8Array) yield chunk;
    else if (typeof chunk === "string") yield Buffer.from(chunk);
    else throw invalidBody(`${place} gave ${kindOf(chunk)} where bytes or text are due`, "Turn each chunk into a Uint8Array or a string.");
  }
}

/** The last component of a path in either notation, so that no directory of this machine travels. */
function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}

export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value && typeof value[Symbol.asyncIterator] === "function";
}

export function isFileAtPath(value: unknown): value is FileAtPath {
  return typeof value === "object" && value !== null && "path" in value && typeof value.path === "string";
}
