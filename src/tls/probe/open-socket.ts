import { connect } from "node:net";
import type { Duplex } from "node:stream";

/** Where the probes connect to, and how long each of them may take. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly open: (() => Promise<Duplex>) | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** A connection of TCP, or what `open` makes; rejects with Node's error, `ETIMEDOUT` after the timeout, or the signal's reason. */
export async function openSocket(target: Target): Promise<Duplex> {
  const late = new AbortController();
  const { timeoutMs, signal, open = () => dial(target, late.signal) } = target;
  signal?.throwIfAborted();
  const opening = open();
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => undefined;
  const ended = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error("no connection in time"), { code: "ETIMEDOUT" })), timeoutMs);
    onAbort = () => reject(signal?.reason instanceof Error ? signal.reason : new Error("aborted"));
    signal?.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([opening, ended]);
  } catch (error) {
    late.abort();
    // One that comes too late has nobody to close it.
    opening.then(
      (socket) => socket.destroy(),
      () => undefined,
    );
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

function dial({ host, port }: Target, signal: AbortSignal): Promise<Duplex> {
  const socket = connect({ host, port, autoSelectFamily: true, signal });
  return new Promise((resolve, reject) => {
    socket.once("connect", () => resolve(socket));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the connection was closed")));
  });
}
