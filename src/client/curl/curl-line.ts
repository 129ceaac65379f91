import type { Call } from "../call.ts";
import { addAuth } from "./curl-auth.ts";
import { addBody } from "./curl-body.ts";
import { CurlCommand } from "./curl-command.ts";
import { addConnection, originForCurl, type CurlConnection } from "./curl-connection.ts";
import { addHeaders } from "./curl-headers.ts";
import { addRedirects, addTimes, type BodyShape } from "./curl-limits.ts";
import { addUrl } from "./curl-url.ts";

/**
 * The same call as a command line for a POSIX shell and curl 7.81 or later, on one line; nothing is sent, read or opened.
 *
 * It never holds a credential. A Secret stands as what the shell finds it by: `$API_TOKEN` for `env:API_TOKEN`, `$(cat /run/token)` for
 * `file:/run/token`; any other, and credentials written down in headers, query or body, as `${ERRAND_...:?}`, which the shell insists on.
 * Bodies that only the script has (streams, Blobs, more than 1 MB) are taken from a file `body`, which the shell must find.
 */
export function curlLine(call: Call, connection: CurlConnection = {}): string {
  try {
    const command = new CurlCommand();
    addUrl(command, call.url, originForCurl(command, call.url, connection));
    addHeaders(command, call.headers, call.context.defaults.credentialHeaders);
    addAuth(command, call);
    const body = addBody(command, call);
    addRedirects(command, call, body);
    addTimes(command, call, body);
    addConnection(command, call.url, connection);
    addMethod(command, call.method, body);
    return command.toString();
  } finally {
    call.control.dispose();
  }
}

/** Only where it is not the one that curl chooses by itself: `--request` keeps it on every redirect. */
function addMethod(command: CurlCommand, method: string, { hasBody, isUpload }: BodyShape): void {
  if (method === "HEAD" && !hasBody) return command.first("--head");
  const own = hasBody ? (isUpload ? "PUT" : "POST") : "GET";
  if (method !== own) command.first("--request", method);
}
