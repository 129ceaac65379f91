import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import { unauthorized } from "../auth.ts";
import type { User } from "../http/call.ts";

/** The user a client certificate stands for; undefined without one. One of another authority is 401. */
export function certificateUserOf({ socket }: IncomingMessage): User | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const { subject } = socket.getPeerCertificate();
  // Node gives an empty object when the client presented no certificate.
  if (subject === undefined) return undefined;
  if (!socket.authorized) throw unauthorized();
  const { CN, O }: { CN?: string | string[]; O?: string | string[] } = subject;
  const name = Array.isArray(CN) ? CN[0] : CN;
  if (name === undefined || name === "") throw unauthorized();
  return { name, groups: O === undefined ? [] : [O].flat() };
}
