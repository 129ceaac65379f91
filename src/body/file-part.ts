import type { BodySource, Files, FileSource } from "./body-options.ts";
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
  const parts: (FilePart | Promise<FilePart>)[] = [];
  try {
    for (const [field, value] of Object.entries(files)) {
      const place = /^[\w$-]+$/.test(field) ? `files.${field}` : `files[${JSON.stringify(field)}]`;
      if (isSourceList(value)) parts.push(...value.map((source, index) => toPart(field, describe(source, `${place}[${index}]`))));
      else if (value !== undefined) parts.push(toPart(field, describe(value, place)));
    }
  } catch (error) {
    // The first fault is the one reported; looks at files that were already begun must not end as unhandled rejections.
    void Promise.allSettled(parts.filter((part) => part instanceof Promise));
    throw error;
  }
  return parts;
}

function isSourceList(value: FileSource | readonly FileSource[] | undefined): value is readonly FileSource[] {
  return Array.isArray(value);
}

interface Description {
  readonly content: BodySource;
  readonly contentPlace: string;
  readonly name?: string | null;
  readonly type?: string;
  /** The content's own type counts more than the file name: a Blob says what it is, a string is text/plain whatever it holds. */
  readonly hasType: boolean;
}

function describe(source: FileSource, place: string): Description {
  if (isBare(source)) return { content: source, contentPlace: place, hasType: source instanceof Blob };
  if (typeof source === "string")
    throw invalidBody(
      `${place} is a string: is it a path or the content?`,
      'Write { path: "report.txt" }, or { content: "...", name: "report.txt" }.',
    );
  const isDescription = typeof source === "object" && source !== null && ("content" in source || isFileAtPath(source));
  if (!isDescription)
    throw invalidBody(
      `${place} must be { path }, { content }, a Blob, bytes or a stream, not ${kindOf(source)}`,
      'For example { path: "report.txt" }.',
    );
  const { name, type } = source;
  if (name !== undefined && name !== null && typeof name !== "string")
    throw invalidBody(`${place}.name must be a string or null, not ${kindOf(name)}`, "null sends the part without a file name.");
  checkType(type, `${place}.type`);
  if (!("content" in source)) return { content: source, contentPlace: place, name, type, hasType: false };
  return { content: source.content, contentPlace: `${place}.content`, name, type, hasType: source.content instanceof Blob };
}

function isBare(source: FileSource): source is Exclude<FileSource, { readonly path: string } | { readonly content: BodySource }> {
  return source instanceof Blob || ArrayBuffer.isView(source) || source instanceof ArrayBuffer || isAsyncIterable(source);
}

function toPart(field: string, { content, contentPlace, name, type, hasType }: Description): FilePart | Promise<FilePart> {
  const finish = (payload: Payload): FilePart => {
    const fileName = name === undefined ? (payload.name ?? field) : name;
    const ownType = hasType ? payload.type : undefined;
    const guessedType = guessType(fileName ?? "") ?? guessType(payload.name ?? "");
    return { field, fileName, type: type ?? ownType ?? guessedType ?? "application/octet-stream", payload };
  };
  const payload = toPayload(content, contentPlace);
  return payload instanceof Promise ? payload.then(finish) : finish(payload);
}

/** RFC 9110 5.5: a CR or LF here would start a header or a part of somebody else's making. */
function checkType(type: unknown, place: string): void {
  if (type === undefined) return;
  if (typeof type !== "string" || !/^[\x20-\x7e]+$/.test(type))
    throw invalidBody(`${place} must be a media type of printable ASCII characters`, 'For example "text/csv".');
}
