import { forwardedRequest, isForwarded } from "../../proxy/index.ts";
import type { ResponseHeaders } from "../handler.ts";
import { ResponseParser } from "../http1/response-parser.ts";
import { openProxyHeaders } from "../proxy/headers.ts";
import { openWay, type Way } from "./open-way.ts";
import { raceSignal } from "./race-signal.ts";

/** The head of an answer. */
export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: ResponseHeaders;
}

/**
 * Asks for `/`, bare: no header but Host, nothing of the caller's. Over https only once the certificate is verified.
 *
 * @throws what the way or the answer threw, for `explainTrial`, or the signal's reason
 */
export async function askServer(way: Way, method: "HEAD" | "GET", signal: AbortSignal): Promise<Answer> {
  const head = await requestHead(way, method);
  const socket = await openWay(way, way.url.protocol === "https:", signal);
  try {
    return await raceSignal<Answer>(signal, ({ resolve, reject }) => {
      const parser = new ResponseParser({
        onHead: (answer) => {
          if (answer.status >= 200) resolve(answer);
        },
        onData: () => undefined,
        onEnd: () => undefined,
      });
      parser.begin(method);
      const read = (step: () => void): void => {
        try {
          step();
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      socket.on("data", (chunk: Buffer) => read(() => parser.push(chunk)));
      socket.on("end", () => read(() => parser.end()));
      socket.on("error", reject);
      socket.write(head, "latin1");
      return () => socket.destroy();
    });
  } finally {
    socket.destroy();
  }
}

async function requestHead({ url, proxy }: Way, method: string): Promise<string> {
  if (proxy === undefined || !isForwarded(proxy, url, false))
    return `${method} / HTTP/1.1\r\nHost: ${url.host}\r\nConnection: close\r\n\r\n`;
  // Of the URL the origin alone: path and query are the caller's.
  const { path, headers } = forwardedRequest(new URL("/", url.origin), [], await openProxyHeaders(proxy));
  const lines: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) lines.push(`${headers[index]}: ${headers[index + 1]}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}Connection: close\r\n\r\n`;
}
