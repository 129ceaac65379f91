import type { Socket } from "node:net";
import type { RequestFields } from "../fields.ts";
import type { OutgoingRequest } from "../handler.ts";
import { sendBody } from "../send-body.ts";

/** What stands before the body (RFC 9112 3). `host` counts where the caller names none; a body without a length goes in chunks. */
export function requestHead(
  { method, path, body }: OutgoingRequest,
  { fields, contentLength, host }: { readonly fields: RequestFields; readonly contentLength: number | undefined; readonly host: string },
): string {
  const start = `${method} ${path} HTTP/1.1\r\nhost: ${fields.host ?? host}\r\nconnection: ${fields.isClosing ? "close" : "keep-alive"}\r\n`;
  if (contentLength !== undefined) return `${start}${fields.lines}content-length: ${contentLength}\r\n\r\n`;
  return `${start}${fields.lines}${body === undefined || Buffer.isBuffer(body) ? "\r\n" : "transfer-encoding: chunked\r\n\r\n"}`;
}

/** A request whose body is there, at once. */
export function writeWhole(socket: Socket, head: string, body: Buffer | undefined): void {
  if (body === undefined || body.length === 0) {
    socket.write(head, "latin1");
    return;
  }
  socket.cork();
  socket.write(head, "latin1");
  socket.write(body);
  socket.uncork();
}

export interface StreamWriting {
  readonly head: string;
  /** Undefined: unknown until the body has ended. */
  readonly contentLength: number | undefined;
  /** False once nobody wants the rest. */
  readonly isOpen: () => boolean;
}

/** Piece by piece. False when the rest was not wanted. */
export async function writeStream(
  socket: Socket,
  body: AsyncIterable<Uint8Array>,
  { head, contentLength, isOpen }: StreamWriting,
): Promise<boolean> {
  const isChunked = contentLength === undefined;
  // With the first piece: a source that fails at once leaves nothing on the wire.
  let pending = head;
  const write = (chunk: Uint8Array): boolean => {
    socket.cork();
    const before = `${pending}${isChunked ? `${chunk.byteLength.toString(16)}\r\n` : ""}`;
    pending = "";
    if (before !== "") socket.write(before, "latin1");
    let hasRoom = socket.write(chunk);
    if (isChunked) hasRoom = socket.write("\r\n", "latin1");
    socket.uncork();
    return hasRoom;
  };
  const isWhole = await sendBody(body, { stream: socket, write, isOpen: () => isOpen() && !socket.destroyed }, contentLength);
  if (!isWhole) return false;
  const end = `${pending}${isChunked ? "0\r\n\r\n" : ""}`;
  if (end !== "") socket.write(end, "latin1");
  return true;
}
