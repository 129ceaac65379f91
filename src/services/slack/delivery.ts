import { ConnectionError, DNSError, InvalidRequestError, TimeoutError, TLSError, type RequestError } from "../../errors/index.ts";

const CONNECTING: ReadonlySet<string> = new Set(["queue", "dns", "connect", "tls"]);

/** True when it is certain that no byte of the request reached Slack. */
export function isUnsent(error: RequestError): boolean {
  if (error instanceof InvalidRequestError || error instanceof DNSError || error instanceof TLSError) return true;
  if (error instanceof TimeoutError) return CONNECTING.has(error.phase);
  if (error.code === "ERR_HELD_BACK" || error.code === "ERR_CONNECTION_REFUSED" || error.code === "ERR_ADDRESS_REFUSED") return true;
  return error instanceof ConnectionError && isOfConnect(error.cause);
}

/** Node names the system call that failed: `connect` is before the first byte. */
function isOfConnect(cause: unknown): boolean {
  return typeof cause === "object" && cause !== null && "syscall" in cause && cause.syscall === "connect";
}
