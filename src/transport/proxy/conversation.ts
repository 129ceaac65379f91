import type { Socket } from "node:net";
import type { ProxyChoice } from "../../proxy/index.ts";
import type { Dialing } from "../dial.ts";
import { ProxyFailure } from "./failure.ts";

/**
 * What is said with a proxy over a connection to it before the connection is the target's.
 *
 * Takes no byte more than it asks for: what comes after the proxy's last word belongs to the target.
 */
export class ProxyConversation {
  readonly #socket: Socket;
  readonly #proxy: ProxyChoice;
  #broken: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(socket: Socket, proxy: ProxyChoice) {
    this.#socket = socket;
    this.#proxy = proxy;
    if (socket.destroyed) this.#onClosed();
    socket.on("readable", this.#onReadable);
    socket.on("end", this.#onClosed);
    socket.on("close", this.#onClosed);
    // It stays: an error before the next owner listens must not end the process.
    socket.on("error", this.#onError);
  }

  send(bytes: string | Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** The next byte if it is there. */
  tryByte(): number | undefined {
    return this.#take(1)?.[0];
  }

  /** Exactly so many bytes, as soon as they are there. */
  async bytes(size: number): Promise<Buffer> {
    for (;;) {
      const taken = this.#take(size);
      if (taken !== undefined) return taken;
      await this.arrival();
    }
  }

  /** Something new to read. Rejects when nothing will come any more. */
  async arrival(): Promise<void> {
    if (this.#broken === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#broken !== undefined) throw this.#broken;
  }

  break(reason: Error): void {
    // What breaks it first is the reason; a reset that follows is not.
    this.#broken ??= reason;
    this.#wake?.();
  }

  /** Leaves the socket as it was before, with all that was not taken. */
  end(): void {
    this.#socket.off("readable", this.#onReadable);
    this.#socket.off("end", this.#onClosed);
    this.#socket.off("close", this.#onClosed);
  }

  #take(size: number): Buffer | undefined {
    const bytes: unknown = this.#socket.read(size);
    // After its end a stream gives what is left, however little.
    return Buffer.isBuffer(bytes) && bytes.length === size ? bytes : undefined;
  }

  readonly #onReadable = (): void => this.#wake?.();

  readonly #onClosed = (): void => this.#closed(undefined);

  readonly #onError = (error: Error): void => this.#closed(error);

  #closed(cause: Error | undefined): void {
    const code = cause !== undefined && "code" in cause ? ` (${String(cause.code)})` : "";
    this.break(
      new ProxyFailure(this.#proxy, {
        kind: "closed",
        problem: `closed the connection before the target was reached${code}`,
        hint: "Check that a proxy listens there, and that its URL has the right scheme: http, https or socks5.",
        cause,
      }),
    );
  }
}

/** Runs a conversation to its end; the socket is then the caller's, or destroyed when it failed or was cancelled. */
export function converse(socket: Socket, proxy: ProxyChoice, talk: (conversation: ProxyConversation) => Promise<void>): Dialing {
  const conversation = new ProxyConversation(socket, proxy);
  const run = async (): Promise<Socket> => {
    try {
      await talk(conversation);
      return socket;
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      conversation.end();
    }
  };
  return {
    done: run(),
    cancel: (reason) => {
      conversation.break(reason);
      socket.destroy();
    },
  };
}
