import { connect } from "node:net";
import { performance } from "node:perf_hooks";
import { socketOptions } from "../dial.ts";
import { raceSignal } from "./race-signal.ts";

/** What one address said to a connection. */
export interface AddressTrial {
  readonly address: string;
  readonly isConnected: boolean;
  /** The system's word where it is not: `ECONNREFUSED`, `EHOSTUNREACH`. */
  readonly code: string | undefined;
  readonly elapsedMs: number;
}

/**
 * Connects to one address and hangs up. Nothing is sent.
 *
 * @throws the signal's reason: nothing came in time
 */
export async function tryAddress(address: string, port: number, signal: AbortSignal): Promise<AddressTrial> {
  const startedAt = performance.now();
  const code = await raceSignal<string | undefined>(signal, ({ resolve }) => {
    const socket = connect(socketOptions(address, port));
    const end = (found: string | undefined): void => {
      socket.destroy();
      resolve(found);
    };
    socket.once("connect", () => end(undefined));
    socket.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    return () => socket.destroy();
  });
  return { address, isConnected: code === undefined, code, elapsedMs: performance.now() - startedAt };
}
