import type { CatalogEntry } from "./catalog-entry.ts";
import { clientCatalog } from "./client-catalog.ts";
import { flowCatalog } from "./flow-catalog.ts";
import { tlsCatalog } from "./tls-catalog.ts";

/** Every code an errand error can carry. The public contract: codes are added, never renamed. */
export const catalog = {
  ERR_HTTP_STATUS: {
    title: "The server answered with an error status",
    meaning: "A 4xx says that the request is wrong or not allowed; a 5xx says that the server failed. The response is on error.response.",
    remedy:
      "Read the status and the body (error.response.text()). For 401 and 403 check the credentials; for 429 and 5xx see error.attempts.",
    exitCode: 1,
  },
  ERR_TIMEOUT: {
    title: "No complete answer within the timeout",
    meaning:
      "One attempt took longer than `timeout` (30 s by default), or longer than 10 s to connect. error.phase says where the time went.",
    remedy:
      'Raise it, e.g. timeout: "60s" (--timeout 60), or find out why the server is slow. Numbers are milliseconds in the library, seconds on the command line.',
    exitCode: 2,
  },
  ERR_DEADLINE: {
    title: "The call's deadline passed",
    meaning: "`deadline` bounds the whole call: queue, attempts, waits, redirects and body.",
    remedy: "Look at error.attempts to see where the time went; raise `deadline` or lower `timeout` so that more attempts fit.",
    exitCode: 2,
  },
  ERR_ABORTED: {
    title: "The caller cancelled the call",
    meaning: "The AbortSignal given to the call was aborted; its reason is error.cause.",
    remedy: "Nothing to mend: this is the caller's own decision.",
    exitCode: 130,
  },
  ERR_DNS: {
    title: "The host name does not resolve",
    meaning: "No address was found for the host: a typing error, a missing DNS record, or a resolver that does not answer.",
    remedy:
      "Check the spelling, then the resolver: getent hosts NAME. In a cluster, check the namespace in the name and the search domains.",
    exitCode: 8,
  },
  ERR_CONNECTION_REFUSED: {
    title: "Nothing listens at the address",
    meaning: "The host answered that the port is closed: the service is down, listens on another port or on another address.",
    remedy: "Check the port and that the service runs; to wait for it: errand wait URL.",
    exitCode: 8,
  },
  ERR_CONNECTION_RESET: {
    title: "The connection was reset",
    meaning:
      "The peer, or something between, broke the connection. Whether the server acted on the request is unknown unless it failed while connecting.",
    remedy: "See error.attempts. For a POST or PATCH give an idempotencyKey if the service honours one, so that it can be repeated safely.",
    exitCode: 8,
  },
  ERR_CONNECTION_CLOSED: {
    title: "The connection was closed before an answer",
    meaning: "The server closed the connection without sending a response.",
    remedy: "Look into the server's log: it often crashed or restarted. A proxy with a shorter idle time than the server does this too.",
    exitCode: 8,
  },
  ERR_CONNECTION: {
    title: "No connection to the host",
    meaning: "The network gave no way to the address: host or network unreachable, or the local side refused to open a socket.",
    remedy: "Check routes, VPN and firewall. error.cause has the operating system's own code.",
    exitCode: 8,
  },
  ERR_BODY_TRUNCATED: {
    title: "The response body ended early",
    meaning:
      "Fewer bytes arrived than Content-Length, chunked framing or the compression promised. What arrived is not returned as if it were whole.",
    remedy: "Repeat the call. If it happens always, the server or a proxy cuts responses: compare with a direct connection.",
    exitCode: 8,
  },
  ERR_MALFORMED_RESPONSE: {
    title: "The server's answer is not valid HTTP",
    meaning: "Status line, headers, lengths or chunks break RFC 9112, for example two different Content-Lengths.",
    remedy: "Check that the port speaks HTTP (not HTTPS, not another protocol), and the server or proxy in front of it.",
    exitCode: 8,
  },
  ERR_ADDRESS_REFUSED: {
    title: "The address is not public",
    meaning:
      'With addresses: "public" errand refuses private, loopback, link-local and metadata addresses, after DNS and on every redirect.',
    remedy: "If the target is meant to be internal, leave the option out; if not, somebody tried to reach your network through this call.",
    exitCode: 8,
  },
  ...tlsCatalog,
  ...clientCatalog,
  ERR_TOO_MANY_REDIRECTS: {
    title: "Too many redirects, or a loop",
    meaning: "The server redirected more than `redirect.max` times (20), or back to where it had been. error.trail lists the hops.",
    remedy: "Look at the trail: http/https or trailing-slash ping-pong and a missing login cookie are the usual causes.",
    exitCode: 6,
  },
  ERR_REDIRECT_REFUSED: {
    title: "A redirect that errand does not follow",
    meaning:
      "https to http, another scheme than http(s), a bad Location, or a body that would be sent to another origin or cannot be sent twice.",
    remedy: "Call the final URL directly, or allow it on purpose: redirect: { allowDowngrade: true } or { crossOriginBody: true }.",
    exitCode: 6,
  },
  ERR_INVALID_URL: {
    title: "The URL cannot be used",
    meaning: "It is not http(s), cannot be parsed, or a path tries to leave the session's baseUrl.",
    remedy: "The message shows the place. Absolute URLs on a session with a base need allowAbsolute: true.",
    exitCode: 64,
  },
  ERR_INVALID_HEADER: {
    title: "A header cannot be sent",
    meaning: "Its name is not a token, or its value has CR, LF, NUL or characters outside latin-1 (RFC 9110 5.5).",
    remedy: 'The message names the header. A trailing newline usually comes from a file: trim it, or use secret("file:..."), which does.',
    exitCode: 64,
  },
  ERR_INVALID_OPTION: {
    title: "An option has a wrong value",
    meaning: "An option is unknown, of the wrong type, out of range, or contradicts another.",
    remedy: "The message names the option and what it takes.",
    exitCode: 64,
  },
  ERR_INVALID_BODY: {
    title: "The request body cannot be built",
    meaning: "Two kinds of body at once, a file that cannot be read, or a value that JSON cannot hold.",
    remedy: "Give one of body, json or form (files may go with form). The message names the file or the value's place.",
    exitCode: 64,
  },
  ERR_BODY_ALREADY_READ: {
    title: "The body was already read",
    meaning: "A streamed response can be read once.",
    remedy: "Keep what you read, or make the call without stream: true.",
    exitCode: 1,
  },
  ERR_DECODE: {
    title: "The response body is not what was asked for",
    meaning: "The body is empty, not JSON, in an unknown charset, or its compression is corrupt. error.snippet has its redacted beginning.",
    remedy: "Look at the content type and the first bytes: an HTML login or error page is the usual cause.",
    exitCode: 1,
  },
  ERR_VALIDATION: {
    title: "The response does not fit the schema",
    meaning: "The JSON is well formed but the schema given to json() refuses it. error.issues lists path and reason.",
    remedy: "Compare the API's documentation with the schema; APIs change.",
    exitCode: 1,
  },
  ERR_RESPONSE_TOO_LARGE: {
    title: "The response is larger than allowed",
    meaning: "After decompression the body passed `maxResponseSize` (100 MB for buffered bodies). Reading stopped there.",
    remedy: "Use stream: true, or raise maxResponseSize if the size is expected.",
    exitCode: 1,
  },
  ERR_SESSION_CLOSED: {
    title: "The session is closed",
    meaning: "close() was called on the session, or on the one it was extended from.",
    remedy: "Make a new Session, or close it later.",
    exitCode: 1,
  },
  ERR_SECRET: {
    title: "A secret cannot be read",
    meaning: "The reference is malformed, the variable is not set or empty, or the file cannot be read.",
    remedy: "The message names the reference. Set the variable or the file; the value itself is never shown.",
    exitCode: 64,
  },
  ERR_CONFIG: {
    title: "A file or setting cannot be used",
    meaning: "A configuration file is missing, not YAML, or holds a value errand does not accept.",
    remedy: "The message names the file, line and column.",
    exitCode: 64,
  },
  ERR_KUBECONFIG: {
    title: "The kubeconfig cannot be used",
    meaning: "No kubeconfig was found, a context, cluster or user in it is missing, or a field has a value errand does not accept.",
    remedy: "The message names the file and the entry. List what there is: kubectl config get-contexts.",
    exitCode: 64,
  },
  ERR_CREDENTIAL_PLUGIN: {
    title: "The kubeconfig's credential plugin failed",
    meaning: "The exec plugin of the kubeconfig's user could not be run, or its answer is not a valid ExecCredential.",
    remedy: "Run the command in the message by hand; it may need a login first.",
    exitCode: 1,
  },
  ERR_KUBERNETES: {
    title: "The Kubernetes API refused the request",
    meaning: "The API server answered with a Status; error.reason and error.causes say why.",
    remedy:
      "Forbidden: ask for the permission the message names. Conflict: somebody changed the object, read it again. NotFound: check namespace and name.",
    exitCode: 1,
  },
  ERR_KUBERNETES_WATCH: {
    title: "A watch ended and could not be taken up again",
    meaning: "The stream of changes broke and every reconnection failed.",
    remedy: "Look at the cause: permissions to list and watch, or an API server that cannot be reached.",
    exitCode: 1,
  },
  ERR_PROMETHEUS: {
    title: "Prometheus refused the query",
    meaning: "Prometheus answered with an error (bad_data, execution, timeout) or with a result that cannot be used.",
    remedy: "Try the query in Prometheus' own page. 404 often means that the URL lacks a prefix such as /prometheus.",
    exitCode: 1,
  },
  ERR_SLACK: {
    title: "Slack refused the message",
    meaning: "Slack answered with an error word such as channel_not_found, not_in_channel or invalid_auth.",
    remedy: "The message has Slack's word. Invite the app to the channel, check the token's scopes, or make a new webhook.",
    exitCode: 1,
  },
  ERR_DEPLOY_FILE: {
    title: "The deploy file is not valid",
    meaning: "A key is unknown, a value has the wrong type, or something required is missing.",
    remedy: "The message has line and column. Check it without a cluster: errand deploy check FILE.",
    exitCode: 64,
  },
  ERR_DEPLOY_BLOCKED: {
    title: "The deployment was blocked before any change",
    meaning: "A check did not pass, or the preflight found something that makes the change unsafe. Nothing was changed.",
    remedy: "The message names the check. Mend the cause, or say onCritical: proceed if the change is the remedy.",
    exitCode: 10,
  },
  ...flowCatalog,
  ERR_PEER_MISSING: {
    title: "An optional package is not installed",
    meaning: "This feature needs a package that errand does not install by itself.",
    remedy: "Run the install line in the message.",
    exitCode: 64,
  },
  ERR_USAGE: {
    title: "The command line is not valid",
    meaning: "An unknown command or option, a missing argument, or a request item that cannot be read.",
    remedy: "The message names the word and, where there is one, the nearest that exists. See errand COMMAND --help.",
    exitCode: 64,
  },
} as const satisfies Record<string, CatalogEntry>;

/** A documented error code. */
export type ErrorCode = keyof typeof catalog;
