import type { RequestOptions, SessionOptions } from "../../../client/index.ts";
import type { CookieJar } from "../../../cookies/index.ts";
import { defaultRetryPolicy } from "../../../retry/index.ts";
import { filePath, type Io } from "../../io.ts";
import { warnOfExposedPassword } from "../../items/exposed-password.ts";
import { credential, requestAuth } from "../../items/request-auth.ts";
import { requestParts, type RequestParts } from "../../items/request-parts.ts";
import { requestTarget } from "../../items/request-target.ts";
import { stdinBody } from "../../items/stdin-body.ts";
import { UsageError } from "../../usage-error.ts";
import type { BodyMode } from "../../items/body-parts.ts";
import type { RequestFlags } from "./flags.ts";
import { printedParts } from "./printed-parts.ts";

/** A command line turned into one call of the library. */
export interface RequestPlan {
  readonly method: string;
  readonly url: string;
  readonly session: Omit<SessionOptions, "cookies"> & { readonly cookies?: CookieJar };
  readonly options: RequestOptions;
  /** The headers that were typed, without those that errand adds. */
  readonly typedHeaders: RequestParts["headers"];
}

export interface PlanInput {
  readonly words: readonly string[];
  readonly flags: RequestFlags;
  /** Fixed by `errand get` and its like. */
  readonly method: string | undefined;
  /** For the message about one that stands in the wrong place. */
  readonly commands: Iterable<string>;
}

/** Reads the words, the files they name, and stdin where it is meant. Nothing is sent. */
export async function planRequest({ words, flags, method, commands }: PlanInput, io: Io): Promise<RequestPlan> {
  checkFlags(flags, io);
  const target = requestTarget(words, method, commands);
  const parts = await requestParts(target.items, { mode: bodyMode(flags), raw: flags.raw }, io);
  const body = await withStdin(parts, target.method, io);
  const warn = (message: string): void => (flags.quiet < 2 ? io.stderr.print(`warning: ${message}`) : undefined);
  for (const name of parts.exposed)
    warn(`the value of ${name} is on the command line, where ps and the shell's history show it; better: ${name}:@FILE`);
  return {
    method: target.method ?? (parts.hasBody ? "POST" : "GET"),
    url: target.url,
    session: connectionOptions(flags, warn, io),
    typedHeaders: parts.headers,
    options: {
      ...body,
      params: parts.params,
      headers: withDefaults(parts.headers, contentHeaders(body, parts.bodyType, flags)),
      ...(flags.auth === undefined ? {} : { auth: requestAuth(flags.auth, warn) }),
      ...callOptions(flags),
    },
  };
}

function checkFlags(flags: RequestFlags, io: Io): void {
  const { json, form, multipart, cert, key, passphrase, session, sessionReadOnly } = flags;
  excludeEachOther({ "--json": json, "--form": form, "--multipart": multipart });
  excludeEachOther({ "--session": session, "--session-read-only": sessionReadOnly });
  printedParts(flags, io);
  for (const [name, value] of Object.entries({ "--ndjson": flags.ndjson, "--max-items": flags.maxItems }))
    if (value !== undefined && flags.paginate !== true) throw new UsageError(`${name} needs --paginate`);
  if ((cert === undefined) !== (key === undefined))
    throw new UsageError(`--${cert === undefined ? "key" : "cert"} needs --${cert === undefined ? "cert" : "key"}`);
  if (passphrase !== undefined && key === undefined) throw new UsageError("--passphrase needs --cert and --key");
}

function excludeEachOther(flags: Readonly<Record<string, string | boolean | undefined>>): void {
  const given = Object.keys(flags).filter((name) => flags[name] !== undefined);
  if (given.length > 1) throw new UsageError(`${given.join(" and ")} exclude each other`);
}

function bodyMode({ form, multipart }: RequestFlags): BodyMode {
  if (multipart === true) return "multipart";
  return form === true ? "form" : "json";
}

/**
 * stdin is the body after `@-`, and for POST, PUT and PATCH without any body when it is a pipe. Never for a bare URL: under
 * cron, ssh and `while read` stdin is not what the user typed (httpie/cli#150, #1460 and seven more).
 */
async function withStdin(parts: RequestParts, method: string | undefined, io: Io): Promise<RequestParts["body"]> {
  const isImplied = !parts.hasBody && io.stdin.kind === "pipe" && ["POST", "PUT", "PATCH"].includes(method ?? "");
  if (!parts.readsStdin && !isImplied) return parts.body;
  if (io.stdin.kind === "terminal") io.stderr.print("reading the body from the terminal; Ctrl-D ends it");
  const body = await stdinBody(io);
  if (body === undefined) return parts.readsStdin ? { body: "" } : {};
  return { body };
}

/** As HTTPie: JSON is announced, asked for, and the type of raw text and stdin; a header item overrides each. */
function contentHeaders(
  { body }: RequestParts["body"],
  bodyType: string | undefined,
  { form, json }: RequestFlags,
): Record<string, string> {
  const isFile = typeof body === "object" && body !== null && "path" in body;
  const headers: Record<string, string> = {};
  if (json === true || (form !== true && body !== undefined && !isFile)) headers["accept"] = "application/json, */*;q=0.5";
  if (body !== undefined && !isFile) headers["content-type"] = form === true ? "application/x-www-form-urlencoded" : "application/json";
  return bodyType === undefined ? headers : { ...headers, "content-type": bodyType };
}

/** Names in any case are one header: `accept:text/html` replaces our `Accept`. */
function withDefaults(typed: RequestParts["headers"], defaults: Readonly<Record<string, string>>): RequestParts["headers"] {
  const names = new Set(Object.keys(typed).map((name) => name.toLowerCase()));
  return { ...Object.fromEntries(Object.entries(defaults).filter(([name]) => !names.has(name))), ...typed };
}

function callOptions({ timeout, deadline, attempts, retryPost, follow, maxRedirects }: RequestFlags): RequestOptions {
  const methods = retryPost === true ? [...defaultRetryPolicy.methods, "POST", "PATCH"] : undefined;
  return {
    // A streamed body has no end to wait for: after the headers the timeout is the longest silence.
    ...(timeout === undefined ? {} : { timeout, idleTimeout: timeout }),
    ...(deadline === undefined ? {} : { deadline }),
    ...(attempts === undefined && methods === undefined
      ? {}
      : { retry: { ...(attempts === undefined ? {} : { attempts }), ...(methods === undefined ? {} : { methods }) } }),
    ...(maxRedirects === undefined ? {} : { redirect: { max: maxRedirects } }),
    ...(follow === false ? { redirect: false } : {}),
  };
}

/** How the server is reached and trusted. */
function connectionOptions(flags: RequestFlags, warn: (message: string) => void, io: Io): RequestPlan["session"] {
  return {
    tls: tlsOptions(flags, warn, io),
    ...proxyOption(flags, warn),
    ...socketOption(flags, io),
    ...(flags["http1.1"] === true ? { http2: false } : {}),
  };
}

/** Relative to the command's working directory, as every path on the command line is. */
function socketOption({ unixSocket }: RequestFlags, io: Io): Pick<SessionOptions, "socketPath"> {
  return unixSocket === undefined ? {} : { socketPath: unixSocket === "" ? "" : filePath(io, unixSocket) };
}

function proxyOption({ proxy }: RequestFlags, warn: (message: string) => void): Pick<SessionOptions, "proxy"> {
  if (proxy === undefined) return {};
  warnOfExposedPassword(proxy, warn);
  return { proxy };
}

function tlsOptions({ ca, cert, key, passphrase, verify }: RequestFlags, warn: (message: string) => void, io: Io): SessionOptions["tls"] {
  return {
    ...(ca === undefined ? {} : { ca: filePath(io, ca) }),
    ...(cert === undefined || key === undefined ? {} : { cert: filePath(io, cert), key: filePath(io, key) }),
    ...(passphrase === undefined
      ? {}
      : { passphrase: credential(passphrase, { label: "the text of --passphrase", example: "--passphrase env:KEY_PASSPHRASE", warn }) }),
    // Only a plain no switches it off.
    ...(verify === false ? { verify: false } : {}),
  };
}
