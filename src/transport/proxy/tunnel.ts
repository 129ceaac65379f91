import type { Socket } from "node:net";
import type { ProxyChoice } from "../../proxy/index.ts";
import type { Dialing } from "../dial.ts";
import { converse, type ProxyConversation } from "./conversation.ts";
import { ProxyFailure, type ProxyFailureInit } from "./failure.ts";
import { parseTunnelReply, type TunnelReply } from "./tunnel-reply.ts";

/** Where a tunnel shall lead. */
export interface TunnelTarget {
  /** Name or address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface TunnelOptions {
  /** Connected to the proxy, for an https proxy with TLS; nobody else reads it. */
  readonly socket: Socket;
  readonly proxy: ProxyChoice;
  readonly target: TunnelTarget;
  /** For the proxy: name, value, name, value; Proxy-Authorization among them. */
  readonly headers: readonly string[];
}

/** Of all that a proxy says before the tunnel is open, 1xx included. */
const maxHeadBytes = 16 * 1024;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * Asks an HTTP proxy for a tunnel (CONNECT, RFC 9110 9.3.6). The socket then speaks with the target.
 *
 * It waits until it is cancelled: the timeout is the caller's.
 * @throws ProxyFailure through `done`; the socket is destroyed
 */
export function openTunnel(options: TunnelOptions): Dialing {
  const { socket, proxy, target, headers } = options;
  return converse(socket, proxy, async (conversation) => {
    conversation.send(connectRequest(target, headers));
    const reply = await readReply(conversation, proxy);
    if (reply.status < 200 || reply.status > 299) throw new ProxyFailure(proxy, refusal(reply, options));
  });
}

function connectRequest({ host, port }: TunnelTarget, headers: readonly string[]): Buffer {
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`];
  for (let index = 0; index + 1 < headers.length; index += 2) lines.push(`${headers[index]}: ${headers[index + 1]}`);
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

/** The final answer; 1xx before it are skipped (RFC 9110 15.2). */
async function readReply(conversation: ProxyConversation, proxy: ProxyChoice): Promise<TunnelReply> {
  const budget = { bytes: maxHeadBytes };
  for (;;) {
    const reply = parseTunnelReply(await readHead(conversation, proxy, budget));
    if (reply === undefined) throw new ProxyFailure(proxy, malformed("answered CONNECT with something else than HTTP"));
    if (reply.status >= 200) return reply;
  }
}

/** The lines up to the empty one, byte by byte: what follows is the target's already. */
async function readHead(conversation: ProxyConversation, proxy: ProxyChoice, budget: { bytes: number }): Promise<string[]> {
  const lines: string[] = [];
  const line: number[] = [];
  for (;;) {
    const byte = conversation.tryByte();
    if (byte === undefined) {
      await conversation.arrival();
      continue;
    }
    budget.bytes -= 1;
    if (budget.bytes < 0) throw new ProxyFailure(proxy, malformed(`answered CONNECT with more than ${maxHeadBytes / 1024} KB of headers`));
    if (byte !== lineFeed) {
      line.push(byte);
      // Told at once: a server of another protocol may wait for more of ours.
      if (lines.length === 0 && line.length <= httpPrefix.length && byte !== httpPrefix[line.length - 1])
        throw new ProxyFailure(proxy, wrongProtocol(line[0]));
      continue;
    }
    if (line.at(-1) === carriageReturn) line.pop();
    if (line.length === 0 && lines.length > 0) return lines;
    lines.push(Buffer.from(line.splice(0)).toString("latin1"));
  }
}

const httpPrefix = Buffer.from("HTTP/");

function malformed(problem: string): ProxyFailureInit {
  return { kind: "malformed", problem, hint: "Check that an HTTP proxy listens there." };
}

/** TLS answers plain text with an alert (RFC 8446 5.1: type 21), SOCKS with its version or, version 4, with a zero. */
function wrongProtocol(firstByte: number | undefined): ProxyFailureInit {
  if (firstByte === 21) return { kind: "protocol", problem: "speaks TLS", hint: "Write https:// in its URL." };
  if (firstByte === 5 || firstByte === 0)
    return { kind: "protocol", problem: "speaks no HTTP, maybe SOCKS", hint: "Write socks5:// in its URL." };
  return malformed("answered CONNECT with something else than HTTP");
}

/** These may pass: as for responses, but of a server error never "never like this". */
function isPassing(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501 && status !== 505 && status !== 511);
}

function refusal(reply: TunnelReply, { proxy, target }: TunnelOptions): ProxyFailureInit {
  const { status, reason, detail } = reply;
  const words = `${status}${reason === "" ? "" : ` ${reason}`}${detail === undefined ? "" : ` (${detail})`}`;
  const problem = `did not connect to ${target.host}:${target.port}. Tunnel connection failed: ${words}`;
  if (status === 407) return { kind: "credentials", problem, status, hint: credentialsHint(reply, proxy) };
  if (status === 403)
    return { kind: "refused", problem, status, hint: "Its rules forbid CONNECT to this host or port; many proxies allow port 443 only." };
  if (isPassing(status))
    return { kind: "failed", problem, status, hint: "The proxy could not reach the target: check host and port as seen from there." };
  return { kind: "refused", problem, status, hint: "Check that a proxy listens there, and that it knows CONNECT." };
}

function credentialsHint({ schemes }: TunnelReply, proxy: ProxyChoice): string {
  if (schemes.length > 0 && !schemes.some((scheme) => scheme.toLowerCase() === "basic"))
    return `It accepts ${schemes.join(", ")}; errand knows Basic.`;
  if (proxy.authorization !== undefined) return "It does not accept this user and password.";
  const variable = proxy.source === "proxy" ? "" : `, or user:password@ in ${proxy.source}`;
  return `Give it credentials: proxy: { url, auth: basic("user", secret("env:PROXY_PASSWORD")) }${variable}.`;
}
