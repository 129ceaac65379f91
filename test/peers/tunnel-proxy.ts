import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { reply, type RawExchange, type RawServer, type RawServerOptions } from "../raw-server.ts";
import { raw } from "../test-session.ts";

export interface TunnelProxyOptions extends RawServerOptions {
  /** Answers what is not a CONNECT. @default 200 with the target it was asked for */
  readonly forward?: (exchange: RawExchange) => void;
}

/** A proxy: every CONNECT leads to the port on loopback, whatever it names. Closed after the test. */
export function tunnelProxy(port: number, { forward = answerTarget, ...options }: TunnelProxyOptions = {}): Promise<RawServer> {
  return raw((exchange) => {
    if (!exchange.head.startsWith("CONNECT ")) return forward(exchange);
    exchange.socket.removeAllListeners("data");
    pipeTo(port, exchange.socket, "HTTP/1.1 200 Connection established\r\n\r\n");
  }, options);
}

function answerTarget({ head, socket }: RawExchange): void {
  socket.write(reply("200 OK", `forwarded ${targetOf(head)}`));
}

function pipeTo(port: number, socket: Socket, greeting: string | Buffer): void {
  const upstream = connect(port, "127.0.0.1", () => {
    socket.write(greeting);
    upstream.pipe(socket).pipe(upstream);
  });
  upstream.on("error", () => socket.destroy());
  socket.on("close", () => upstream.destroy());
}

/** The request target of a raw head. */
export function targetOf(head: string | undefined): string | undefined {
  return head?.split(" ")[1];
}

export interface SocksServer {
  readonly port: number;
  /** The hosts it was asked to connect to. */
  readonly asked: readonly string[];
}

/** SOCKS5 without authentication (RFC 1928), for names: every CONNECT leads to the port on loopback. Closed after the test. */
export async function socksProxy(port: number): Promise<SocksServer> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("data", () => {
      socket.write(Buffer.from([5, 0]));
      socket.once("data", (request) => {
        asked.push(request.subarray(5, 5 + (request[4] ?? 0)).toString());
        pipeTo(port, socket, Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, asked };
}

const names = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"].flatMap((name) => [name, name.toUpperCase()]);

/** The variables of proxies as given, no others, until the test has ended. */
export function proxyEnvironment(variables: Readonly<Record<string, string>>): void {
  const changed = [...names, "REQUEST_METHOD"];
  const before = changed.map((name) => [name, process.env[name]] as const);
  for (const name of changed) delete process.env[name];
  Object.assign(process.env, variables);
  onTestFinished(() => {
    for (const [name, value] of before)
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  });
}
