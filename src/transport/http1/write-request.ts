import type { Socket } from "node:net";
import type { RequestFields } from "../fields.ts";
import type { OutgoingRequest } from "../handler.ts";
import { sendBody } from "../send-body.ts";

export interface RequestWriting {
  readonly socket: Socket;
  readonly request: OutgoingRequest;
  readonly fields: RequestFields;
  /** Undefined: none, or unknown until the body has ended. */
  readonly contentLength: number | undefined;
  /** Where the caller names none. */
  readonly host: string;
  /** False once nobody wants the rest. */
  readonly isOpen: () => boolean;
  readonly sent: () => void;
  readonly failed: (error: unknown) => void;
}

/** Writes a request (RFC 9112 3): at once, or piece by piece where its body is a stream. */
export function writeRequest(writing: RequestWriting): void {
  const { socket, request, sent, failed } = writing;
  const { body } = request;
  if (body === undefined || Buffer.isBuffer(body)) {
    const head = requestHead(writing);
    if (body === undefined || body.length === 0) socket.write(head, "latin1");
    else {
      socket.cork();
      socket.write(head, "latin1");
      socket.write(body);
      socket.uncork();
    }
    sent();
    return;
  }
  writeStream(writing, body).then((isWhole) => {
    if (isWhole) sent();
  }, failed);
}

async function writeStream(writing: RequestWriting, body: AsyncIterable<Uint8Array>): Promise<boolean> {
  const { socket, contentLength } = writing;
  const isChunked = contentLength === undefined;
  // With the first piece: a source that fails at once leaves nothing on the wire.
  let head: string | undefined = requestHead(writing);
  const write = (chunk: Uint8Array): boolean => {
    socket.cork();
    if (head !== undefined) socket.write(head, "latin1");
    head = undefined;
    if (isChunked) socket.write(`${chunk.byteLength.toString(16)}\r\n`, "latin1");
    let hasRoom = socket.write(chunk);
    if (isChunked) hasRoom = socket.write("\r\n", "latin1");
    socket.uncork();
    return hasRoom;
  };
  const isWhole = await sendBody(body, { stream: socket, write, isOpen: () => writing.isOpen() && !socket.destroyed }, contentLength);
  if (!isWhole) return false;
  const end = `${head ?? ""}${isChunked ? "0\r\n\r\n" : ""}`;
  if (end !== "") socket.write(end, "latin1");
  return true;
}

function requestHead({ request: { method, path, body }, fields, contentLength, host }: RequestWriting): string {
  const start = `${method} ${path} HTTP/1.1\r\nhost: ${fields.host ?? host}\r\nconnection: ${fields.isClosing ? "close" : "keep-alive"}\r\n`;
  if (contentLength !== undefined) return `${start}${fields.lines}content-length: ${contentLength}\r\n\r\n`;
  return `${start}${fields.lines}${body === undefined ? "\r\n" : "transfer-encoding: chunked\r\n\r\n"}`;
}
