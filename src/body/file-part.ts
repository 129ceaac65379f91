import type { Files, FileSource } from "./body-options.ts";
import { guessType } from "./guess-type.ts";
import { invalidBody, kindOf } from "./invalid-body.ts";
import { isAsyncIterable, isFileAtPath, toPayload, type Payload } from "./payload.ts";

/** One file of a multipart body, sorted and checked. */
export interface FilePart {
  readonly field: string;
  /** `null`: no filename attribute. */
  readonly fileName: string | null;
  readonly type: string;
  readonly payload: Payload;
}

/** The files in their order; a promise for each that must be looked at on disk. */
export function fileParts(files: Files): (FilePart | Promise<FilePart>)[] {
  if (typeof files !== "object" || files === null || Array.isArray(files))
    throw invalidBody(
      `files must be an object of files by field name, not ${kindOf(files)}`,
      'For example files: { report: { path: "report.txt" } }.',
    );
  return Object.entries(files).flatMap(([field, value]) => {
    if (value === undefined) return [];
    if (!isSourceList(value)) return [toPart(field, value, placeOf(field))];
    return value.map((source, index) => toPart(field, source, `${placeOf(field)}[${index}]`));
  });
}

function placeOf(field: string): string {
  return /^[\w$-]+$/.test(field) ? `files.${field}` : `files[${JSON.stringify(field)}]`;
}

function isSourceList(value: FileSource | readonly FileSource[]): value is readonly FileSource[] {
  return Array.isArray(value);
}

function toPart(field: string, source: FileSource, place: string): FilePart | Promise<FilePart> {
  const { name, type } = labelOf(source);
  if (name !== undefined && name !== null && typeof name !== "string")
    throw invalidBody(`${place}.name must be a string or null, not ${kindOf(name)}`, "null sends the part without a file name.");
  checkType(type, `${place}.type`);
  const finish = (payload: Payload): FilePart => {
    const fileName = name === undefined ? (payload.name ?? field) : name;
    const fallback = hasContentType(source) ? payload.type : undefined;
    return { field, fileName, type: type ?? fallback ?? guessed(fileName, payload), payload };
  };
  const payload = payloadOf(source, place);
  return payload instanceof Promise ? payload.then(finish) : finish(payload);
}

function guessed(fileName: string | null, payload: Payload): string {
  return guessType(fileName ?? "") ?? guessType(payload.name ?? "") ?? "application/octet-stream";
}

interface Label {
  readonly name?: unknown;
  readonly type?: string;
}

/** Only plain descriptions carry labels: a Blob's `type` and a file stream's `path` are the source's own. */
function labelOf(source: FileSource): Label {
  if (typeof source !== "object" || source === null || source instanceof Blob || isAsyncIterable(source)) return {};
  return {
    name: "name" in source ? source.name : undefined,
    type: "type" in source ? source.type : undefined,
  };
}

function payloadOf(source: FileSource, place: string): Payload | Promise<Payload> {
  if (typeof source === "string")
    throw invalidBody(
      `${place} is a string: is it a path or the content?`,
      'Write { path: "report.txt" }, or { content: "...", name: "report.txt" }.',
    );
  const isDescription = !(source instanceof Blob) && !ArrayBuffer.isView(source) && !isAsyncIterable(source);
  if (isDescription && "content" in source) return toPayload(source.content, `${place}.content`);
  if (isDescription && !isFileAtPath(source))
    throw invalidBody(
      `${place} must be { path }, { content }, a Blob, bytes or a stream, not ${kindOf(source)}`,
      'For example { path: "report.txt" }.',
    );
  return toPayload(source, place);
}

/** A Blob knows its type and so does a path; text/plain for every string would hide what the file name says. */
function hasContentType(source: FileSource): boolean {
  if ("content" in source) return source.content instanceof Blob;
  return source instanceof Blob;
}

/** RFC 9110 5.5: a CR or LF here would start a header or a part of somebody else's making. */
function checkType(type: unknown, place: string): void {
  if (type === undefined) return;
  if (typeof type !== "string" || !/^[\x20-\x7e]+$/.test(type))
    throw invalidBody(`${place} must be a media type of printable ASCII characters`, 'For example "text/csv".');
}
