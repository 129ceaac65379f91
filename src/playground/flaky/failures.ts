import { setTimeout as delay } from "node:timers/promises";
import { queryInteger } from "../query-integer.ts";
import { sendJson } from "../server.ts";
import type { StandInExchange, StandInHandler } from "../stand-in.ts";
import type { Counters } from "./counters.ts";

const MAX_MS = 10_000;
const MAX_BYTES = 1_000_000;

/** `/flaky?fail=2&status=503&key=K[&retry-after=1]`: that many failures per key, then 200. DELETE forgets the key. */
export function flakyRoute(counters: Counters): StandInHandler {
  return ({ method, query, response }) => {
    const key = query.get("key") ?? "default";
    if (method === "DELETE") {
      counters.forget(`flaky ${key}`);
      return sendJson(response, { status: 200, json: { key, forgotten: true } });
    }
    const fail = queryInteger(query, { name: "fail", fallback: 1, max: 1000 });
    const status = queryInteger(query, { name: "status", fallback: 503, min: 200, max: 599 });
    const retryAfterSeconds = queryInteger(query, { name: "retry-after", fallback: -1, max: 3600 });
    const call = counters.next(`flaky ${key}`);
    if (call > fail) return sendJson(response, { status: 200, json: { key, call, ok: true } });
    const headers: Record<string, string> = retryAfterSeconds < 0 ? {} : { "retry-after": String(retryAfterSeconds) };
    return sendJson(response, { status, json: { key, call, ok: false, failuresLeft: fail - call }, headers });
  };
}

/** `/rate-limit?after=2[&date=1][&key=K]`: 429 with Retry-After in seconds, or as a date; with a key it lifts after that time. */
export function rateLimitRoute(now: () => number): StandInHandler {
  const opensAt = new Map<string, number>();
  return ({ query, response }) => {
    const afterSeconds = queryInteger(query, { name: "after", fallback: 1, max: 3600 });
    const key = query.get("key");
    let openMs = now() + afterSeconds * 1000;
    if (key !== null) {
      openMs = opensAt.get(key) ?? openMs;
      opensAt.set(key, openMs);
      if (now() >= openMs) return sendJson(response, { status: 200, json: { key, ok: true } });
    }
    // RFC 9110 10.2.3; a date has whole seconds, so it is rounded up: never an earlier time than the limit's end.
    const waitSeconds = Math.ceil((openMs - now()) / 1000);
    const retryAfter = query.get("date") === "1" ? new Date(Math.ceil(openMs / 1000) * 1000).toUTCString() : String(waitSeconds);
    return sendJson(response, { status: 429, json: { ok: false, retryAfterSeconds: waitSeconds }, headers: { "retry-after": retryAfter } });
  };
}

/** `/slow?ms=500`: answers after that time. */
export async function slowRoute({ query, response, gone }: StandInExchange): Promise<void> {
  const ms = queryInteger(query, { name: "ms", fallback: 1000, max: MAX_MS });
  await delay(ms, undefined, { signal: gone });
  sendJson(response, { status: 200, json: { waitedMs: ms } });
}

/** `/reset[?fail=N&key=K]`: a TCP reset, always or for the first N calls of a key. */
export function resetRoute(counters: Counters): StandInHandler {
  return ({ query, request, response, connections }) => {
    const fail = queryInteger(query, { name: "fail", fallback: Infinity, max: 1000 });
    const call = counters.next(`reset ${query.get("key") ?? "default"}`);
    if (call <= fail) return connections.reset(request);
    return sendJson(response, { status: 200, json: { call, ok: true } });
  };
}

/** `/once-closed?key=K`: the key's first call finds its connection closed without an answer, as a stale keep-alive connection is. */
export function onceClosedRoute(counters: Counters): StandInHandler {
  return ({ query, request, response }) => {
    const call = counters.next(`once-closed ${query.get("key") ?? "default"}`);
    if (call === 1) return request.socket.destroySoon();
    return sendJson(response, { status: 200, json: { call, ok: true } });
  };
}

/** `/drip?bytes=10&ms=1000`: that many bytes, evenly over that time. */
export async function dripRoute({ query, response, gone }: StandInExchange): Promise<void> {
  const sizeBytes = queryInteger(query, { name: "bytes", fallback: 10, min: 1, max: MAX_BYTES });
  const ms = queryInteger(query, { name: "ms", fallback: 1000, max: MAX_MS });
  const steps = Math.min(sizeBytes, Math.max(ms, 1)); // A timer has no finer step than a millisecond.
  response.writeHead(200, { "content-type": "application/octet-stream", "content-length": String(sizeBytes) });
  response.flushHeaders();
  const start = performance.now();
  let sentBytes = 0;
  for (let step = 1; step <= steps; step += 1) {
    const earlyMs = start + (ms * step) / steps - performance.now(); // Against the start, so that late timers do not add up.
    if (earlyMs > 0) await delay(earlyMs, undefined, { signal: gone });
    const upToBytes = Math.floor((sizeBytes * step) / steps);
    response.write("*".repeat(upToBytes - sentBytes));
    sentBytes = upToBytes;
  }
  response.end();
}

/** `/truncated?bytes=100`: promises that many bytes in Content-Length, sends half of them and closes. */
export async function truncatedRoute({ query, response }: StandInExchange): Promise<void> {
  const sizeBytes = queryInteger(query, { name: "bytes", fallback: 100, min: 2, max: MAX_BYTES });
  response.writeHead(200, { "content-type": "text/plain", "content-length": String(sizeBytes) });
  await new Promise<void>((resolve) => response.write("*".repeat(Math.floor(sizeBytes / 2)), () => resolve()));
  response.socket?.destroySoon();
}
