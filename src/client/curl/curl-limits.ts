import { isRepeatableMethod } from "../../retry/index.ts";
import { isCredentialHeader } from "../../secrets/index.ts";
import type { Call } from "../call.ts";
import type { CurlCommand } from "./curl-command.ts";
import { pairsOf } from "./curl-headers.ts";

/** What is to be known of a body beside itself. */
export interface BodyShape {
  readonly hasBody: boolean;
  /** A file or stream: while it is sent, the timeout is idle time. */
  readonly isStreamed: boolean;
  /** Sent by `--upload-file`, which is a PUT to curl; every other body is a POST. */
  readonly isUpload: boolean;
  /** The body cannot be read a second time. */
  readonly isOneShot: boolean;
  readonly holdsCredential: boolean;
}

/** Timeouts, deadline and retries. */
export function addTimes(command: CurlCommand, call: Call, body: BodyShape): void {
  const { timeoutMs, idleTimeoutMs, deadlineMs } = call.times;
  if (call.isStreamed) command.add("--no-buffer");
  if (call.isStreamed || body.isStreamed) {
    command.add("--speed-limit", "1");
    command.add("--speed-time", String(Math.ceil((call.isStreamed ? idleTimeoutMs : timeoutMs) / 1000)));
    if (deadlineMs !== undefined) command.add("--max-time", seconds(deadlineMs));
  } else {
    command.add("--max-time", seconds(Math.min(timeoutMs, deadlineMs ?? timeoutMs)));
  }
  const { retry, method } = call;
  // curl repeats any method; errand only those that may arrive twice.
  const isRepeatable = isRepeatableMethod(method, retry, call.options.safe) || call.isKeyed || call.context.defaults.honoursIdempotencyKey;
  if (retry.isOff || retry.attempts < 2 || !isRepeatable || body.isOneShot) return;
  command.add("--retry", String(retry.attempts - 1));
  command.add("--retry-connrefused");
  if (deadlineMs !== undefined) command.add("--retry-max-time", String(Math.ceil(deadlineMs / 1000)));
}

/**
 * Redirects, where curl is as careful as errand. It is not with a body (sent on to any origin), with credentials in headers of their own
 * (likewise), and with a method given by `--request` (kept on a 303): then the redirect itself is curl's answer.
 */
export function addRedirects(command: CurlCommand, call: Call, body: BodyShape): void {
  const { redirect, method, url } = call;
  if (redirect.isOff || redirect.max === 0) return;
  if (method !== "GET" && method !== "HEAD" && method !== "OPTIONS" && method !== "POST") return;
  if (body.hasBody && (method !== "POST" || body.holdsCredential || !redirect.crossOriginBody)) return;
  if (holdsOwnCredential(call)) return;
  command.add("--location");
  command.add("--max-redirs", String(redirect.max));
  if (url.protocol === "https:" && !redirect.allowDowngrade) command.add("--proto-redir", "=https");
}

/** A header that curl would send to another host too; Authorization and Cookie it drops. */
function holdsOwnCredential({ headers, auth, context }: Call): boolean {
  if (auth !== undefined && auth.scheme !== "basic" && auth.scheme !== "bearer" && auth.scheme !== "digest") return true;
  return pairsOf(headers).some(([name, value]) => {
    const key = name.toLowerCase();
    if (key === "authorization" || key === "cookie") return false;
    return isCredentialHeader(key) || context.defaults.credentialHeaders.has(key) || typeof value !== "string";
  });
}

function seconds(ms: number): string {
  return String(Math.ceil(ms) / 1000);
}
