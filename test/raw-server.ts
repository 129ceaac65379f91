import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTLSServer, type TlsOptions } from "node:tls";

/** One request as it came over the wire, and the means to answer it byte by byte. */
export interface RawExchange {
  /** Request line and headers, as sent. */
  readonly head: string;
  /** 0 for the first request of the server. */
  readonly index: number;
  /** 0 for the first request of its connection. */
  readonly indexOnConnection: number;
  readonly socket: Socket;
  /** The request body received so far. */
  body(): string;
}

export interface RawServer {
  readonly url: string;
  readonly port: number;
  /** Heads of all requests so far. */
  readonly heads: readonly string[];
  readonly exchanges: readonly RawExchange[];
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Connections open now. */
  readonly open: number;
  readonly server: Server;
  close(): Promise<void>;
}

export interface RawServerOptions {
  readonly port?: number;
  readonly host?: string;
  readonly tls?: TlsOptions;
  readonly onConnection?: (socket: Socket, index: number) => void;
}

/** Answers what no HTTP server of Node's would: half responses, two lengths, silence. `answer` runs when the headers of a request are there. */
export async function rawServer(answer: (exchange: RawExchange) => void, options: RawServerOptions = {}): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const exchanges: RawExchange[] = [];
  let accepted = 0;
  const onSocket = (socket: Socket): void => {
    sockets.add(socket);
    options.onConnection?.(socket, accepted);
    accepted += 1;
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    let pending = Buffer.alloc(0);
    let current: Buffer[] = [];
    let indexOnConnection = 0;
    socket.on("data", (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      for (;;) {
        const text = pending.toString("latin1");
        const method = /^[A-Z]+ \S+ HTTP\/1\.1\r\n/.test(text);
        const end = text.indexOf("\r\n\r\n");
        if (!method || end < 0) break;
        const body: Buffer[] = [];
        current = body;
        const exchange: RawExchange = {
          head: text.slice(0, end + 2),
          index: exchanges.length,
          indexOnConnection,
          socket,
          body: () => Buffer.concat(body).toString(),
        };
        pending = pending.subarray(end + 4);
        indexOnConnection += 1;
        exchanges.push(exchange);
        answer(exchange);
      }
      if (pending.length > 0 && indexOnConnection > 0) {
        current.push(pending);
        pending = Buffer.alloc(0);
      }
    });
  };
  const server = options.tls === undefined ? createServer(onSocket) : createTLSServer(options.tls, onSocket);
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, options.host ?? "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls === undefined ? "http" : "https"}://${options.tls === undefined ? "127.0.0.1" : "localhost"}:${port}`,
    port,
    get heads() {
      return exchanges.map(({ head }) => head);
    },
    exchanges,
    get accepted() {
      return accepted;
    },
    get open() {
      return sockets.size;
    },
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A whole response: `reply("200 OK", "hello", { "x-a": "1" })`. */
export function reply(status: string, body: string | Uint8Array = "", headers: Readonly<Record<string, string>> = {}): Buffer {
  const bytes = Buffer.from(body as string);
  const lines = Object.entries({ "content-length": String(bytes.length), ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status}\r\n${lines.join("")}\r\n`), bytes]);
}

/** The value of a header in a raw head; undefined when it is absent. */
export function headerIn(head: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)\\r$`, "im").exec(head)?.[1];
}

/** A port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = await rawServer(() => undefined);
  await server.close();
  return server.port;
}
