import type { Timings } from "../../errors/index.ts";
import { redactHeaders, redactUrl } from "../../secrets/index.ts";

/** What HAR needs of an exchange. Requests come redacted; responses are redacted here. */
export interface HarExchange {
  readonly request: { readonly method: string; readonly url: URL; readonly headers: readonly (readonly [string, string])[] };
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly response?: HarResponse;
  readonly error?: { readonly code: string; readonly message: string };
}

interface HarResponse {
  readonly status: number;
  readonly statusText: string;
  readonly httpVersion: string;
  readonly rawHeaders: readonly (readonly [string, string])[];
  readonly timings: Timings;
  header(name: string): string | undefined;
}

/**
 * Exchanges as HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/), which browsers' developer tools open. Without bodies and cookies,
 * credentials hidden: such a file is made to be sent to somebody.
 */
export function har(exchanges: readonly HarExchange[], version: string): object {
  return { log: { version: "1.2", creator: { name: "errand", version }, entries: exchanges.map(entry) } };
}

function entry(exchange: HarExchange): object {
  const { startedAt, response, error } = exchange;
  const timings = harTimings(response?.timings);
  return {
    startedDateTime: new Date(startedAt).toISOString(),
    time:
      Math.max(0, timings.blocked) +
      Math.max(0, timings.dns) +
      Math.max(0, timings.connect) +
      timings.send +
      timings.wait +
      timings.receive,
    request: harRequest(exchange),
    response: harResponse(response),
    cache: {},
    timings,
    ...(error === undefined ? {} : { _error: error.message, comment: error.code }),
  };
}

function harRequest({ request: { method, url, headers }, response }: HarExchange): object {
  const shown = redactUrl(url);
  const query = [...new URL(shown).searchParams].map(([name, value]) => ({ name, value }));
  const length = headers.find(([name]) => name === "content-length")?.[1];
  return {
    method,
    url: shown,
    httpVersion: `HTTP/${response?.httpVersion ?? "1.1"}`,
    cookies: [],
    headers: pairs(headers),
    queryString: query,
    headersSize: -1,
    bodySize: length === undefined ? (headers.some(([name]) => name === "content-type") ? -1 : 0) : Number(length),
  };
}

/** Status 0 says that there was no answer, as browsers write it. */
function harResponse(response: HarResponse | undefined): object {
  const length = response?.header("content-length");
  const sizeBytes = length !== undefined && /^\d+$/.test(length) ? Number(length) : -1;
  return {
    status: response?.status ?? 0,
    statusText: response?.statusText ?? "",
    httpVersion: `HTTP/${response?.httpVersion ?? "1.1"}`,
    cookies: [],
    headers: pairs(redactHeaders((response?.rawHeaders ?? []).map(([name, value]): [string, string] => [name, value]))),
    content: { size: Math.max(0, sizeBytes), mimeType: response?.header("content-type") ?? "" },
    redirectURL: redactUrl(response?.header("location") ?? ""),
    headersSize: -1,
    bodySize: sizeBytes,
  };
}

function pairs(headers: readonly (readonly [string, string])[]): object[] {
  return headers.map(([name, value]) => ({ name, value }));
}

/** HAR counts TLS into `connect` as well; -1 is a phase that did not take place. */
function harTimings(timings: Timings | undefined): Record<"blocked" | "dns" | "connect" | "ssl" | "send" | "wait" | "receive", number> {
  const { queueMs, dnsMs, connectMs, tlsMs, waitMs, receiveMs } = timings ?? {};
  return {
    blocked: queueMs ?? -1,
    dns: dnsMs ?? -1,
    connect: connectMs === undefined ? -1 : connectMs + (tlsMs ?? 0),
    ssl: tlsMs ?? -1,
    send: 0,
    wait: waitMs ?? 0,
    receive: receiveMs ?? 0,
  };
}
