import type { Duplex } from "node:stream";
import type { HeadAnswer } from "../handshake.ts";
import { openSocket, type Target } from "./open-socket.ts";

const maxHeadBytes = 64 * 1024;

/** A request with nothing of the user's in it: no path, no credentials, no cookies. */
function headFor(host: string): string {
  return `HEAD / HTTP/1.1\r\nHost: ${host.replaceAll(/[^\w.:[\]-]/g, "")}\r\nConnection: close\r\n\r\n`;
}

/** Sends a bare `HEAD /` and reads the head of its answer. Never settles when the connection breaks: whoever holds it knows. */
export function bareHead(stream: Duplex, host: string): Promise<HeadAnswer> {
  return new Promise((resolve) => {
    let text = "";
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (/\r?\n\r?\n/.test(text) || text.length > maxHeadBytes) resolve(readHead(text));
    });
    stream.write(headFor(host));
  });
}

/** The same in clear, e.g. to port 80; undefined when there is no such answer in time. */
export async function plainHead(target: Target, host: string): Promise<HeadAnswer | undefined> {
  const socket = await openSocket(target).catch(() => undefined);
  target.signal?.throwIfAborted();
  if (socket === undefined) return undefined;
  let timer: NodeJS.Timeout | undefined;
  const ended = new Promise<undefined>((resolve) => {
    for (const event of ["error", "end", "close"]) socket.on(event, () => resolve(undefined));
    timer = setTimeout(() => resolve(undefined), target.timeoutMs);
  });
  try {
    return await Promise.race([bareHead(socket, host), ended]);
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

function readHead(text: string): HeadAnswer {
  const status = /^HTTP\/\d\.\d (\d{3})/.exec(text)?.[1];
  const date = Date.parse(/^date:[ \t]*(.*?)\r?$/im.exec(text)?.[1] ?? "");
  return { status: status === undefined ? undefined : Number(status), dateMs: Number.isNaN(date) ? undefined : date };
}
