/** A file on disk, read when the request is sent and again for each attempt. Relative paths start at the working directory. */
export interface FileAtPath {
  readonly path: string;
}

/**
 * What a request body can be made of.
 *
 * Text, bytes, Blobs and files by path are sent again on a retry; streams and async iterables are sent once.
 */
export type BodySource =
  | string
  | Uint8Array
  | ArrayBuffer
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array | string>
  | URLSearchParams
  | FileAtPath;

/** `undefined` leaves the field out, `null` sends it empty. */
export type FormValue = string | number | boolean | bigint | null | undefined;

/** Fields of a form; an array repeats the field. */
export type FormFields = Readonly<Record<string, FormValue | readonly FormValue[]>>;

/** How a file is shown to the server. */
export interface FileLabel {
  /** The file name sent; default: the path's or the File's base name, else the field's name. `null` sends none. */
  readonly name?: string | null;
  /** The part's media type; default: the Blob's, else guessed from the file name, else `application/octet-stream`. */
  readonly type?: string;
}

/** One file of a multipart body. A string is refused: is it a path or the content? Say `{ path }` or `{ content }`. */
export type FileSource =
  | Blob
  | Uint8Array
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array | string>
  | (FileAtPath & FileLabel)
  | ({ readonly content: BodySource } & FileLabel);

/** Files by field name; an array repeats the field, `undefined` leaves it out. */
export type Files = Readonly<Record<string, FileSource | readonly FileSource[] | undefined>>;

/** One of `body`, `json` or `form`; `files` may go with `form` and make it `multipart/form-data`. */
export interface BodyOptions {
  /** Sent as it is. Default type: `text/plain;charset=UTF-8` for text, the Blob's own, guessed for a path, none for bytes and streams. */
  readonly body?: BodySource;
  /**
   * Sent as `application/json`. `undefined` means no body, `null` sends `null`; a bigint is written as an integer.
   * What JSON would lose in silence (NaN, functions, Maps, promises, circles) is refused with its place.
   */
  readonly json?: unknown;
  /** Sent as `application/x-www-form-urlencoded`, or as the fields of a multipart body when there are `files`. */
  readonly form?: FormFields | URLSearchParams | readonly (readonly string[])[];
  /** Sent as `multipart/form-data` (RFC 7578), streamed. */
  readonly files?: Files;
}
