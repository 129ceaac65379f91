import { connect as connectTLS } from "node:tls";
import { handshakeName, openWay, type Way } from "./open-way.ts";
import { raceSignal } from "./race-signal.ts";

/**
 * Whether the port answers a TLS handshake. Whom it answers for is not looked at, and nothing is sent.
 *
 * @throws the signal's reason
 */
export async function speaksTLS(way: Way, signal: AbortSignal): Promise<boolean> {
  const socket = await openWay(way, false, signal);
  try {
    return await raceSignal<boolean>(signal, ({ resolve }) => {
      const secured = connectTLS({ socket, servername: handshakeName(way), rejectUnauthorized: false });
      secured.once("secureConnect", () => resolve(true));
      // An alert is an answer too (RFC 8446 6); anything else is none.
      secured.on("error", (error) => resolve(/SSL alert number/.test(error.message)));
      secured.once("close", () => resolve(false));
      return () => secured.destroy();
    });
  } finally {
    socket.destroy();
  }
}
