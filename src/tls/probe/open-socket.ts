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

/** A connection of TCP; rejects with Node's error, `ETIMEDOUT` after the timeout, or the signal's reason. */
export async function openSocket({ host, port, open, timeoutMs, signal }: Target): Promise<Duplex> {
  signal?.throwIfAborted();
  if (open !== undefined) return await open();
  const socket = connect({ host, port, autoSelectFamily: true });
  const onAbort = (): void => void socket.destroy(signal?.reason instanceof Error ? signal.reason : new Error("aborted"));
  signal?.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(() => socket.destroy(Object.assign(new Error("no connection in time"), { code: "ETIMEDOUT" })), timeoutMs);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
      socket.once("close", () => reject(new Error("the connection was closed")));
    });
    return socket;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}
