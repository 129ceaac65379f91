import type { AddressInfo } from "node:net";
import { createServer as createTLSServer, type TLSSocket } from "node:tls";
import type { Identity } from "./certificates.ts";
import { closeAfterTest } from "./test-session.ts";

/** Frame types (RFC 9113 6). */
export const frame = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7, windowUpdate: 8, continuation: 9 } as const;
export const endStream = 0x1;
export const endHeaders = 0x4;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export interface PeerRequest {
  readonly peer: Peer;
  readonly stream: number;
  /** 0 for the first request of the server. */
  readonly index: number;
  /** 0 for the first request of its connection. */
  readonly indexOnConnection: number;
}

/** One connection of an HTTP/2 server that can do everything wrong: frames are written by hand. */
export class Peer {
  readonly socket: TLSSocket;
  readonly frames: Frame[] = [];

  constructor(socket: TLSSocket) {
    this.socket = socket;
  }

  send(
    type: number,
    { flags = 0, stream = 0, payload = Buffer.alloc(0) }: { flags?: number; stream?: number; payload?: Buffer } = {},
  ): void {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(stream, 5);
    if (!this.socket.destroyed) this.socket.write(Buffer.concat([head, payload]));
  }

  /** `fields` without `:status` are interim or trailing ones as they stand. */
  head(stream: number, fields: Readonly<Record<string, string>> = { ":status": "200" }, flags = 0): void {
    this.send(frame.headers, { flags: flags | endHeaders, stream, payload: fieldBlock(fields) });
  }

  data(stream: number, text: string, flags = 0): void {
    this.send(frame.data, { flags, stream, payload: Buffer.from(text) });
  }

  reply(stream: number, text: string): void {
    this.head(stream);
    this.data(stream, text, endStream);
  }

  reset(stream: number, code: number): void {
    this.send(frame.reset, { stream, payload: uint32(code) });
  }

  goaway(lastStream: number, code = 0): void {
    this.send(frame.goaway, { payload: Buffer.concat([uint32(lastStream), uint32(code)]) });
  }

  /** What the client sent on a stream. */
  of(stream: number, type: number): Frame[] {
    return this.frames.filter((each) => each.stream === stream && each.type === type);
  }
}

export interface PeerServer {
  readonly url: string;
  readonly peers: readonly Peer[];
  /** Requests whose headers arrived. */
  readonly requests: readonly PeerRequest[];
  close(): Promise<void>;
}

export interface PeerOptions {
  readonly identity: Identity;
  /** Identifier and value (RFC 9113 6.5.2); `undefined` sends no SETTINGS at all. */
  readonly settings?: readonly (readonly [id: number, value: number])[] | undefined;
  readonly onFrame?: (peer: Peer, received: Frame) => void;
}

/** `answer` runs when the headers of a request are there. Closed after the test. */
export async function http2Peer(answer: (request: PeerRequest) => void, options: PeerOptions): Promise<PeerServer> {
  const peers: Peer[] = [];
  const requests: PeerRequest[] = [];
  const settings = "settings" in options ? options.settings : [];
  const server = createTLSServer({ ...options.identity, ALPNProtocols: ["h2"] }, (socket) => {
    const peer = new Peer(socket);
    peers.push(peer);
    let indexOnConnection = 0;
    if (settings !== undefined) peer.send(frame.settings, { payload: Buffer.concat(settings.map(setting)) });
    readFrames(socket, (received) => {
      peer.frames.push(received);
      options.onFrame?.(peer, received);
      if (received.type === frame.settings && (received.flags & 1) === 0) peer.send(frame.settings, { flags: 1 });
      if (received.type !== frame.headers) return;
      const request = { peer, stream: received.stream, index: requests.length, indexOnConnection };
      indexOnConnection += 1;
      requests.push(request);
      answer(request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return closeAfterTest({
    url: `https://localhost:${port}`,
    peers,
    requests,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const { socket } of peers) socket.destroy();
      }),
  });
}

const prefaceBytes = 24;

function readFrames(socket: TLSSocket, onFrame: (received: Frame) => void): void {
  let pending = Buffer.alloc(0);
  let hasPreface = false;
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    if (!hasPreface) {
      if (pending.length < prefaceBytes) return;
      hasPreface = true;
      pending = pending.subarray(prefaceBytes);
    }
    for (;;) {
      const length = pending.length < 9 ? Number.POSITIVE_INFINITY : pending.readUIntBE(0, 3);
      if (pending.length < 9 + length) return;
      const [, , , type = 0, flags = 0] = pending;
      const received = { type, flags, stream: pending.readUInt32BE(5), payload: pending.subarray(9, 9 + length) };
      pending = pending.subarray(9 + length);
      onFrame(received);
    }
  });
}

/** Literal fields that are not indexed, in plain octets (RFC 7541 6.2.2). */
export function fieldBlock(fields: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(Object.entries(fields).flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));
}

/** A string literal (RFC 7541 5.2) with its length as a prefixed integer (5.1). */
function text(value: string): Buffer {
  const bytes = Buffer.from(value, "latin1");
  const length = [Math.min(bytes.length, 127)];
  if (bytes.length >= 127) {
    let rest = bytes.length - 127;
    for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) + 128);
    length.push(rest);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}

function setting([id, value]: readonly [id: number, value: number]): Buffer {
  return Buffer.concat([Buffer.from([id >> 8, id & 0xff]), uint32(value)]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
