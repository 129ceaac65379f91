import { Duplex } from "node:stream";

const keptBytes = 256 * 1024;

/** A connection that remembers the first bytes received: the part of a handshake that is in clear tells what OpenSSL's error does not. */
export class Tap extends Duplex {
  readonly #socket: Duplex;
  readonly #received: Buffer[] = [];
  #receivedBytes = 0;
  /** Bytes of the first flight: the ClientHello. */
  helloBytes = 0;
  /** The other side has ended its stream. */
  hasEnded = false;

  constructor(socket: Duplex) {
    super();
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => {
      if (this.#receivedBytes < keptBytes) {
        this.#received.push(chunk);
        this.#receivedBytes += chunk.length;
      }
      if (!this.push(chunk)) socket.pause();
    });
    socket.on("end", () => {
      this.hasEnded = true;
      this.push(null);
      this.emit("ended");
    });
    socket.on("error", (error) => this.destroy(error));
    socket.on("close", () => this.destroy());
  }

  get received(): Buffer {
    return Buffer.concat(this.#received);
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#receivedBytes === 0) this.helloBytes += chunk.length;
    this.#socket.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
