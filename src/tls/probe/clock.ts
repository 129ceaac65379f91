import type { TLSDiagnosisOptions } from "../diagnosis.ts";
import { usualContext } from "./contexts.ts";
import { handshake } from "./handshake.ts";
import { plainHead } from "./head.ts";
import type { Target } from "./open-socket.ts";

/** What time the server has, by the Date header (RFC 9110 6.6.1) of its answer to a bare `HEAD /`; else of port 80 of the same host, in clear. */
export async function serverClock(
  target: Target,
  { name, servername, options }: { readonly name: string; readonly servername: string; readonly options: TLSDiagnosisOptions },
): Promise<number | undefined> {
  const headFor = name.includes(":") ? `[${name}]` : name;
  const answered = await handshake(target, { context: usualContext([]), servername, protocols: ["http/1.1"], headFor });
  if (answered.answer?.dateMs !== undefined) return answered.answer.dateMs;
  // A socket somebody else opens, or another address to connect to, leads to one port only.
  if (target.open !== undefined || options.connectTo !== undefined || options.port !== 443) return undefined;
  return (await plainHead({ ...target, port: 80, timeoutMs: Math.min(target.timeoutMs, 3000) }, headFor))?.dateMs;
}
