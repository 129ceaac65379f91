import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer, type ServerOptions as TlsOptions } from "node:https";
import type { AddressInfo, Socket } from "node:net";

/** A server on loopback that a test or the playground started and must close. */
export interface LoopbackServer {
  /** Without a trailing slash: `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly port: number;
  /** The Node server, for what this interface does not offer (upgrade events, connection counts). */
  readonly server: Server;
  /** Open sockets are destroyed: a stand-in never keeps a process alive. */
  close(): Promise<void>;
}

export interface ListenOptions {
  /** 0, the default, lets the kernel choose. */
  readonly port?: number;
  /** Key and certificate: serves HTTPS. */
  readonly tls?: TlsOptions;
}

/** Listens on 127.0.0.1 only. */
export async function listen(handler: RequestListener, { port = 0, tls }: ListenOptions = {}): Promise<LoopbackServer> {
  const server = tls === undefined ? createHttpServer(handler) : createHttpsServer(tls, handler);
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${bound}`,
    port: bound,
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Reads a whole request body; rejects with a RangeError past `limitBytes` (default 10 MB). */
export async function readBody(request: IncomingMessage, limitBytes = 10_000_000): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) throw new RangeError(`request body is larger than ${limitBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

interface AnswerHead {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers with JSON and a right Content-Length. */
export function sendJson(response: ServerResponse, { status, json, headers }: AnswerHead & { readonly json: unknown }): void {
  send(response, { status, body: JSON.stringify(json), headers: { "content-type": "application/json", ...headers } });
}

/** Answers with text (or bytes) and a right Content-Length. */
export function send(response: ServerResponse, { status, body, headers }: AnswerHead & { readonly body: string | Buffer }): void {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  response.writeHead(status, { "content-length": String(bytes.length), ...headers });
  response.end(bytes);
}
