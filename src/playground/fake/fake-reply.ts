import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { FakeCall } from "./fake-call.ts";

/** Chunks of a streamed body; a function makes a new stream for each answer, since an iterator can be read only once. */
export type FakeStream = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/** What a {@link FakeServer} answers. At most one of `json`, `text`, `body` and `stream`. */
export interface FakeReply {
  /** Default 200. */
  readonly status?: number;
  /** Added to, and stronger than, the content-type and content-length that the body implies. An array sends the header repeatedly. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Serialised, as application/json. */
  readonly json?: unknown;
  /** As text/plain; charset=utf-8. */
  readonly text?: string;
  /** As it is, without a content type. */
  readonly body?: Uint8Array;
  /** With Transfer-Encoding: chunked, unless `headers` names a content-length. An error in it breaks the connection. */
  readonly stream?: FakeStream | (() => FakeStream);
  /** Wait before the status line, in milliseconds. Default 0. */
  readonly delayMs?: number;
  /** Sends this many bytes of the body, then breaks the connection: the client must notice that the rest is missing. */
  readonly cutAfterBytes?: number;
}

/** Computes an answer from the request, its body included. */
export type FakeHandler = (call: FakeCall) => FakeReply | Promise<FakeReply>;

/** @throws TypeError when a reply has more than one kind of body. */
export function checkReply(reply: FakeReply): void {
  const bodies = (["json", "text", "body", "stream"] as const).filter((name) => reply[name] !== undefined);
  if (bodies.length > 1) throw new TypeError(`a reply has one body, but ${bodies.join(" and ")} were given: keep one of them`);
}

/** Writes the answer; stops quietly when `gone` says that the client has left. */
export async function sendReply(response: ServerResponse, reply: FakeReply, gone: AbortSignal): Promise<void> {
  checkReply(reply);
  if (reply.delayMs !== undefined) await delay(reply.delayMs, undefined, { signal: gone });
  const body = encodeBody(reply);
  response.statusCode = reply.status ?? 200;
  for (const [name, value] of Object.entries({ ...body.headers, ...lowerCaseNames(reply.headers) })) response.setHeader(name, value);
  if (reply.cutAfterBytes !== undefined) return cutShort(response, body.chunks, reply.cutAfterBytes);
  response.flushHeaders();
  for await (const chunk of body.chunks) {
    if (gone.aborted) return;
    if (!response.write(chunk)) await once(response, "drain", { signal: gone });
  }
  response.end();
}

async function cutShort(response: ServerResponse, chunks: FakeStream, limitBytes: number): Promise<void> {
  let leftBytes = limitBytes;
  response.flushHeaders();
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk).subarray(0, leftBytes);
    leftBytes -= bytes.length;
    if (bytes.length > 0) await new Promise<void>((resolve) => response.write(bytes, () => resolve()));
    if (leftBytes === 0) break;
  }
  response.socket?.destroySoon();
}

interface EncodedBody {
  readonly headers: Readonly<Record<string, string>>;
  readonly chunks: FakeStream;
}

function encodeBody(reply: FakeReply): EncodedBody {
  if (reply.stream !== undefined) return { headers: {}, chunks: typeof reply.stream === "function" ? reply.stream() : reply.stream };
  if (reply.json !== undefined) return whole(JSON.stringify(reply.json), "application/json");
  if (reply.text !== undefined) return whole(reply.text, "text/plain; charset=utf-8");
  if (reply.body !== undefined) return whole(reply.body);
  // RFC 9110 8.6: no Content-Length in a 204, and none is needed in a 304.
  return hasNoContent(reply.status) ? { headers: {}, chunks: [] } : whole("");
}

function hasNoContent(status: number | undefined): boolean {
  return status === 204 || status === 304;
}

function whole(body: string | Uint8Array, contentType?: string): EncodedBody {
  const bytes = Buffer.from(body);
  const headers = { "content-length": String(bytes.length), ...(contentType === undefined ? {} : { "content-type": contentType }) };
  return { headers, chunks: bytes.length === 0 ? [] : [bytes] };
}

function lowerCaseNames(headers: FakeReply["headers"] = {}): Record<string, string | readonly string[]> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
