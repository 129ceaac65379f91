import type { Socket } from "node:net";
import { addressBytes, type ProxyChoice } from "../../proxy/index.ts";
import type { Dialing } from "../dial.ts";
import { converse, type ProxyConversation } from "./conversation.ts";
import { ProxyFailure, type ProxyFailureInit } from "./failure.ts";
import type { TunnelTarget } from "./tunnel.ts";

export interface Socks5Options {
  /** Connected to the proxy; nobody else reads it. */
  readonly socket: Socket;
  readonly proxy: ProxyChoice;
  readonly target: TunnelTarget;
  /** The opened `Basic ...` of the proxy's credentials (RFC 7617), which are taken apart again; undefined: none. */
  readonly authorization: string | undefined;
}

const version = 5;
const noAuthentication = 0;
const userAndPassword = 2;
const connect = 1;
/** Types of address (RFC 1928 5). */
const ipv4 = 1;
const domainName = 3;
const ipv6 = 4;

/**
 * Asks a SOCKS5 proxy for a connection (RFC 1928), if it wants with user and password (RFC 1929). The socket then speaks with the target.
 *
 * Names go to the proxy as they are, whether its URL says socks5 or socks5h: it may know names that this machine does not, and no local
 * resolver learns them. It waits until it is cancelled: the timeout is the caller's.
 * @throws ProxyFailure through `done`; the socket is destroyed
 */
export function openSocks5(options: Socks5Options): Dialing {
  const { socket, proxy, target, authorization } = options;
  return converse(socket, proxy, async (conversation) => {
    await authenticate(conversation, proxy, authorization === undefined ? undefined : credentialsIn(authorization, proxy));
    conversation.send(Buffer.from([version, connect, 0, ...addressOf(target, proxy), target.port >> 8, target.port & 0xff]));
    const [answeredVersion, code] = await conversation.bytes(2);
    if (answeredVersion !== version) throw new ProxyFailure(proxy, malformed("request"));
    if (code !== 0) throw new ProxyFailure(proxy, refusal(code, target));
    await skipBoundAddress(conversation, proxy);
  });
}

interface Credentials {
  readonly user: Uint8Array;
  readonly password: Uint8Array;
}

async function authenticate(conversation: ProxyConversation, proxy: ProxyChoice, credentials: Credentials | undefined): Promise<void> {
  const methods = credentials === undefined ? [noAuthentication] : [noAuthentication, userAndPassword];
  conversation.send(Buffer.from([version, methods.length, ...methods]));
  const [answeredVersion] = await conversation.bytes(1);
  if (answeredVersion !== version) throw new ProxyFailure(proxy, wrongProtocol(answeredVersion));
  const [method] = await conversation.bytes(1);
  if (method === noAuthentication) return;
  if (credentials === undefined || method !== userAndPassword) throw new ProxyFailure(proxy, noMethod(method, credentials !== undefined));
  const { user, password } = credentials;
  conversation.send(Buffer.from([1, user.length, ...user, password.length, ...password]));
  // Some servers answer with version 5 instead of 1: the status alone counts.
  const [, status] = await conversation.bytes(2);
  if (status === 0) return;
  throw new ProxyFailure(proxy, { kind: "credentials", problem: "refused the user and password", hint: "Check them." });
}

/** The first colon ends the user name (RFC 7617 2). */
function credentialsIn(authorization: string, proxy: ProxyChoice): Credentials {
  const bytes = Buffer.from(authorization.slice("Basic ".length), "base64");
  const colon = bytes.indexOf(":");
  const [user, password] = [bytes.subarray(0, colon), bytes.subarray(colon + 1)];
  if (user.length <= 255 && password.length <= 255) return { user, password };
  throw new ProxyFailure(proxy, {
    kind: "credentials",
    problem: "cannot be given a user or password longer than 255 bytes (RFC 1929 2)",
    hint: "Use a shorter one.",
  });
}

function addressOf({ host }: TunnelTarget, proxy: ProxyChoice): number[] {
  const address = addressBytes(host);
  if (address !== undefined) return [address.length === 4 ? ipv4 : ipv6, ...address];
  const name = Buffer.from(host, "latin1");
  if (name.length <= 255) return [domainName, name.length, ...name];
  throw new ProxyFailure(proxy, {
    kind: "refused",
    problem: "cannot be asked for a name longer than 255 bytes (RFC 1928 5)",
    hint: "No such name exists (RFC 1035 3.1).",
  });
}

/** The address the proxy connects from, of no use here; it has to be read to its end. */
async function skipBoundAddress(conversation: ProxyConversation, proxy: ProxyChoice): Promise<void> {
  const [, type] = await conversation.bytes(2);
  const size = type === ipv4 ? 4 : type === ipv6 ? 16 : type === domainName ? ((await conversation.bytes(1))[0] ?? 0) : undefined;
  if (size === undefined) throw new ProxyFailure(proxy, malformed("request"));
  await conversation.bytes(size + 2);
}

const codes: Readonly<Record<number, { readonly words: string; readonly kind: "failed" | "refused" }>> = {
  1: { words: "general failure", kind: "failed" },
  2: { words: "not allowed by its rules", kind: "refused" },
  3: { words: "network unreachable", kind: "failed" },
  4: { words: "host unreachable", kind: "failed" },
  5: { words: "connection refused", kind: "failed" },
  6: { words: "TTL expired", kind: "failed" },
  7: { words: "it does not know CONNECT", kind: "refused" },
  8: { words: "it does not know this type of address", kind: "refused" },
};

function refusal(code: number | undefined, { host, port }: TunnelTarget): ProxyFailureInit {
  const { words, kind } = codes[code ?? -1] ?? { words: "unknown reason", kind: "failed" as const };
  const hint =
    kind === "failed"
      ? "The proxy could not reach the target: check host and port as seen from there."
      : "Ask who runs the proxy, or take another way: proxy.noProxy.";
  return { kind, problem: `did not connect to ${host}:${port}: ${words} (SOCKS reply ${code})`, hint };
}

function noMethod(method: number | undefined, hasCredentials: boolean): ProxyFailureInit {
  if (method !== 0xff) return malformed("greeting");
  if (hasCredentials)
    return {
      kind: "credentials",
      problem: "accepts neither user and password nor no credentials",
      hint: "errand knows these two ways (RFC 1928 3).",
    };
  return {
    kind: "credentials",
    problem: "wants credentials",
    hint: 'Give it some: proxy: { url, auth: basic("user", secret("env:PROXY_PASSWORD")) }, or user:password@ in its URL.',
  };
}

function malformed(step: string): ProxyFailureInit {
  return {
    kind: "malformed",
    problem: `answered the SOCKS5 ${step} with something else`,
    hint: "Check that a SOCKS5 proxy listens there.",
  };
}

/** An HTTP server complains in HTTP; SOCKS4 answers with a zero; TLS with an alert (RFC 8446 5.1). */
function wrongProtocol(firstByte: number | undefined): ProxyFailureInit {
  if (firstByte === 0x48) return { kind: "protocol", problem: "speaks HTTP, not SOCKS5", hint: "Write http:// in its URL." };
  if (firstByte === 21) return { kind: "protocol", problem: "speaks TLS, not SOCKS5", hint: "Write https:// in its URL." };
  if (firstByte === 0)
    return { kind: "protocol", problem: "speaks SOCKS4, not SOCKS5", hint: "errand speaks http, https and socks5 to a proxy." };
  return malformed("greeting");
}
