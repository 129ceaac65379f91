import type { X509Certificate } from "node:crypto";
import { connect as connectTLS } from "node:tls";
import { handshakeName, openWay, type Way } from "./open-way.ts";
import { raceSignal } from "./race-signal.ts";

/**
 * The certificates a server sends, as PEM, in its order. They are not verified, and nothing is sent.
 *
 * @throws what the way or the handshake threw, for `explainTrial`, or the signal's reason
 */
export async function sentChain(way: Way, signal: AbortSignal): Promise<readonly string[]> {
  const socket = await openWay(way, false, signal);
  try {
    return await raceSignal<readonly string[]>(signal, ({ resolve, reject }) => {
      const secured = connectTLS({ socket, servername: handshakeName(way), rejectUnauthorized: false });
      secured.once("secureConnect", () => resolve(chainOf(secured.getPeerX509Certificate())));
      secured.on("error", reject);
      secured.once("close", () => reject(Object.assign(new Error("closed during the handshake"), { code: "ECONNRESET" })));
      return () => secured.destroy();
    });
  } finally {
    socket.destroy();
  }
}

function chainOf(leaf: X509Certificate | undefined): string[] {
  const chain: string[] = [];
  for (let each = leaf; each !== undefined; each = each.issuerCertificate) {
    const pem = each.toString();
    // A root names itself as its issuer.
    if (chain.includes(pem)) break;
    chain.push(pem);
  }
  return chain;
}
