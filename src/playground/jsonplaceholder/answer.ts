import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { StandInExchange } from "../stand-in.ts";

const gzipBytes = promisify(gzip);
/** The threshold of Express's compression(). */
const COMPRESS_FROM_BYTES = 1024;

export interface Answer {
  readonly status: number;
  readonly data: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** CORS as json-server allows it: every origin, with credentials. */
export function corsHeaders({ request }: StandInExchange): Record<string, string> {
  const origin = request.headers.origin;
  return {
    vary: "Origin, Accept-Encoding",
    "access-control-allow-credentials": "true",
    ...(origin === undefined ? {} : { "access-control-allow-origin": origin }),
  };
}

/** Answers OPTIONS, preflight or not. The Content-Length of a 204 is what the real service sends: a client must bear it. */
export function answerOptions(exchange: StandInExchange): void {
  const wanted = exchange.request.headers["access-control-request-headers"];
  exchange.response.writeHead(204, {
    ...corsHeaders(exchange),
    vary: "Origin, Access-Control-Request-Headers",
    "access-control-allow-methods": "GET,HEAD,PUT,PATCH,POST,DELETE",
    ...(wanted === undefined ? {} : { "access-control-allow-headers": wanted }),
    "content-length": "0",
  });
  exchange.response.end();
}

/** Answers with indented JSON and an ETag; 304 when the client has that already (RFC 9110 13.1.2), gzip when it accepts it. */
export async function answerJson(exchange: StandInExchange, { status, data, headers = {} }: Answer): Promise<void> {
  const { request, response, method } = exchange;
  const plain = Buffer.from(JSON.stringify(data, undefined, 2));
  const etag = `W/"${plain.length.toString(16)}-${createHash("sha1").update(plain).digest("base64").slice(0, 27)}"`;
  const common = { ...corsHeaders(exchange), "cache-control": "no-cache", pragma: "no-cache", expires: "-1", etag, ...headers };
  if (status === 200 && (method === "GET" || method === "HEAD") && isFresh(request.headers, etag)) {
    response.writeHead(304, common).end();
    return;
  }
  const isCompressed = plain.length >= COMPRESS_FROM_BYTES && acceptsGzip(request.headers["accept-encoding"]);
  const bytes = isCompressed ? await gzipBytes(plain) : plain;
  response.writeHead(status, {
    ...common,
    "content-type": "application/json; charset=utf-8",
    "content-length": bytes.length,
    ...(isCompressed ? { "content-encoding": "gzip" } : {}),
  });
  response.end(bytes);
}

function isFresh(headers: StandInExchange["request"]["headers"], etag: string): boolean {
  const wanted = headers["if-none-match"];
  if (wanted === undefined || /\bno-cache\b/.test(headers["cache-control"] ?? "")) return false;
  // The weak comparison of RFC 9110 8.8.3.2.
  return wanted.split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === etag.replace(/^W\//, ""));
}

function acceptsGzip(header: string | string[] | undefined): boolean {
  return String(header ?? "")
    .split(",")
    .some((coding) => /^\s*(gzip|\*)\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(coding));
}
