import { invalidBody } from "./invalid-body.ts";

/** A request body that is ready to be sent, once or once per attempt. */
export interface EncodedBody {
  /** Default type of the body; a caller's Content-Type wins. */
  readonly contentType?: string;
  /** In bytes; absent when unknown, then the body is sent chunked. */
  readonly contentLength?: number;
  /** False when a one-shot stream is part of it: it can be opened once. */
  readonly isReplayable: boolean;
  /** The whole body, when it is at hand. */
  readonly bytes?: Buffer;
  /**
   * The body from its first byte, for one attempt.
   *
   * Files are opened here and closed when the iteration ends, however it ends. Errors of a caller's own stream pass unchanged.
   *
   * @throws InvalidRequestError (ERR_INVALID_BODY) when a one-shot stream was opened before; while iterating, when a file
   * vanished or changed its size.
   */
  open(): AsyncIterable<Uint8Array>;
}

/** Bytes at hand: JSON, forms, text. */
export class BytesBody implements EncodedBody {
  readonly bytes: Buffer;
  readonly contentType: string | undefined;
  readonly isReplayable = true;

  constructor(bytes: Buffer, contentType: string | undefined) {
    this.bytes = bytes;
    this.contentType = contentType;
  }

  get contentLength(): number {
    return this.bytes.length;
  }

  async *open(): AsyncGenerator<Uint8Array> {
    if (this.bytes.length > 0) yield this.bytes;
  }
}

export interface StreamedBodyInit {
  readonly contentType: string | undefined;
  readonly contentLength: number | undefined;
  readonly isReplayable: boolean;
  readonly start: () => AsyncIterable<Uint8Array>;
}

/** A body that is produced while it is sent. */
export class StreamedBody implements EncodedBody {
  readonly contentType: string | undefined;
  readonly contentLength: number | undefined;
  readonly isReplayable: boolean;
  readonly #start: () => AsyncIterable<Uint8Array>;
  #isOpened = false;

  constructor(init: StreamedBodyInit) {
    this.contentType = init.contentType;
    this.contentLength = init.contentLength;
    this.isReplayable = init.isReplayable;
    this.#start = init.start;
  }

  open(): AsyncIterable<Uint8Array> {
    if (this.#isOpened && !this.isReplayable) {
      throw invalidBody(
        "the body is a one-shot stream and was already sent once",
        "Give bytes, a Blob or { path } so that the body can be sent again, or collect the stream first.",
      );
    }
    this.#isOpened = true;
    return this.#start();
  }
}
