import { isAuth, basic, type Auth } from "../auth/index.ts";
import { InvalidRequestError, type Attempt } from "../errors/index.ts";
import { resolveRedirect, defaultRedirectPolicy, type RedirectPolicy } from "../redirect/index.ts";
import { defaultRetryPolicy, durationMs, resolveRetry, type Duration, type RetryPolicy } from "../retry/index.ts";
import { credentialHeaders } from "../secrets/index.ts";
import { HeaderList } from "./header-list.ts";
import type { DryRunOptions, Params, SessionOptions, SharedOptions } from "./options.ts";
import { ownOptions } from "./own-options.ts";
import { parseBase, type Base } from "./resolve-url.ts";
import { version } from "./version.ts";

/** The limits of a call in milliseconds. */
export interface Times {
  readonly timeoutMs: number;
  /** As given: a small bare number earns the hint that it was read as milliseconds. */
  readonly timeout: Duration;
  readonly idleTimeoutMs: number;
  readonly deadlineMs: number | undefined;
  /** As given, like `timeout`. */
  readonly deadline: Duration | undefined;
}

/** A session's options, checked and resolved: what every call starts from. */
export interface Defaults extends Times {
  readonly base: Base | undefined;
  readonly headers: HeaderList;
  readonly params: readonly Params[];
  readonly auth: Auth | undefined;
  readonly retry: RetryPolicy;
  readonly redirect: RedirectPolicy;
  readonly maxResponseSize: number | undefined;
  readonly allowAbsolute: boolean;
  readonly onAttempt: ((attempt: Attempt) => void) | undefined;
  readonly honoursIdempotencyKey: boolean;
  readonly credentialHeaders: ReadonlySet<string>;
  /** Of calls below the base. */
  readonly dryRun: DryRunOptions | undefined;
}

const plainHeaders = new HeaderList();
plainHeaders.set("user-agent", `errand/${version}`);
plainHeaders.set("accept", "*/*");
plainHeaders.set("accept-encoding", "gzip, deflate, br, zstd");

const factoryDefaults: Defaults = {
  base: undefined,
  headers: plainHeaders,
  params: [],
  auth: undefined,
  timeoutMs: 30_000,
  timeout: "30s",
  idleTimeoutMs: 30_000,
  deadlineMs: undefined,
  deadline: undefined,
  retry: defaultRetryPolicy,
  redirect: defaultRedirectPolicy,
  maxResponseSize: undefined,
  allowAbsolute: false,
  onAttempt: undefined,
  honoursIdempotencyKey: false,
  credentialHeaders,
  dryRun: undefined,
};

/** Lays a session's options over its parent's. Throws an InvalidRequestError that names the option. */
export function resolveDefaults(options: SessionOptions, inherited: Defaults = factoryDefaults): Defaults {
  const headers = new HeaderList(inherited.headers);
  if (options.headers !== undefined) headers.merge(options.headers);
  const base = options.baseUrl === undefined ? undefined : parseBase(options.baseUrl);
  const inheritedDryRun = base === undefined ? inherited.dryRun : undefined;
  return {
    base: base ?? inherited.base,
    headers,
    params: options.params === undefined ? inherited.params : [...inherited.params, options.params],
    auth: sessionAuth(options, base?.userinfo, inherited),
    ...pickTimes(resolveTimes(options, inherited)),
    retry: resolveRetry(options.retry, inherited.retry),
    redirect: resolveRedirect(options.redirect, inherited.redirect),
    maxResponseSize: checkSize(options.maxResponseSize) ?? inherited.maxResponseSize,
    allowAbsolute: options.allowAbsolute ?? inherited.allowAbsolute,
    onAttempt: options.onAttempt ?? inherited.onAttempt,
    honoursIdempotencyKey: options.honoursIdempotencyKey ?? inherited.honoursIdempotencyKey,
    credentialHeaders:
      options.credentialHeaders === undefined
        ? inherited.credentialHeaders
        : new Set([...inherited.credentialHeaders, ...options.credentialHeaders.map((name) => name.toLowerCase())]),
    // Another base is another service: what means "change nothing" to one, the other may not read.
    dryRun: sessionDryRun(options, { base: base ?? inherited.base, inherited: inheritedDryRun }),
  };
}

function sessionAuth(
  options: SessionOptions,
  userinfo: { user: string; password: string } | undefined,
  inherited: Defaults,
): Auth | undefined {
  if (options.auth === undefined && userinfo !== undefined) return basic(userinfo.user, userinfo.password);
  return checkAuth(options, inherited.auth);
}

/** The auth of one level; with an Authorization header on the same level nobody could say which was meant. */
export function checkAuth({ auth, headers }: SharedOptions, inherited: Auth | undefined): Auth | undefined {
  if (auth === undefined) return inherited;
  if (auth === null) return undefined;
  if (!isAuth(auth)) throw invalidOption("auth", "takes basic(), bearer(), apiKey() or an object with scheme and sign");
  const header =
    headers === undefined
      ? undefined
      : Object.keys(headers).find((name) => name.toLowerCase() === "authorization" && headers[name] != null);
  if (header !== undefined) throw invalidOption("auth", `and headers.${header} are both given; keep one`);
  return auth;
}

function sessionDryRun(
  { dryRun }: SessionOptions,
  { base, inherited }: { base: Base | undefined; inherited: DryRunOptions | undefined },
): DryRunOptions | undefined {
  if (dryRun === undefined) return inherited;
  const checked = checkDryRun(dryRun);
  if (checked !== undefined && base === undefined)
    throw invalidOption(
      "dryRun",
      "of a session needs its baseUrl: another service would not heed it",
      "Give baseUrl, or dryRun on the calls.",
    );
  return checked;
}

const dryRunNames: ReadonlySet<string> = new Set(["params", "headers"]);

/** A dry run that says nothing to the service would be the real thing. */
export function checkDryRun(dryRun: DryRunOptions | false): DryRunOptions | undefined {
  if (dryRun === false) return undefined;
  const { params, headers } = ownOptions(dryRun, dryRunNames, "dryRun");
  const given = [...Object.values(params ?? {}), ...Object.values(headers ?? {})];
  if (given.length === 0 || given.some((value) => value == null))
    throw invalidOption("dryRun", "takes params or headers, each with a value", 'For example dryRun: { params: { dryRun: "All" } }.');
  return { params, headers };
}

export function resolveTimes(options: SharedOptions, inherited: Times): Times {
  const { timeout, idleTimeout, deadline } = options;
  if (timeout === undefined && idleTimeout === undefined && deadline === undefined) return inherited;
  return {
    timeoutMs: timeout === undefined ? inherited.timeoutMs : positive(timeout, "timeout"),
    timeout: timeout ?? inherited.timeout,
    idleTimeoutMs: idleTimeout === undefined ? inherited.idleTimeoutMs : positive(idleTimeout, "idleTimeout"),
    deadlineMs: deadline === undefined ? inherited.deadlineMs : positive(deadline, "deadline"),
    deadline: deadline ?? inherited.deadline,
  };
}

function pickTimes({ timeoutMs, timeout, idleTimeoutMs, deadlineMs, deadline }: Times): Times {
  return { timeoutMs, timeout, idleTimeoutMs, deadlineMs, deadline };
}

/** Above this setTimeout would fire at once. */
export const longestTimerMs = 2_147_483_647;

export function positive(value: Duration, option: string): number {
  const ms = durationMs(value, option);
  if (ms <= 0 || ms > longestTimerMs)
    throw invalidOption(option, `takes a duration above 0 and up to 24 days, not ${JSON.stringify(value)}`);
  return ms;
}

export function checkSize(size: number | undefined): number | undefined {
  if (size !== undefined && (!Number.isSafeInteger(size) || size < 0))
    throw invalidOption("maxResponseSize", "takes a whole number of bytes");
  return size;
}

export function checkFlag(value: unknown, option: string): void {
  if (value !== undefined && typeof value !== "boolean") throw invalidOption(option, "takes true or false");
}

export function invalidOption(option: string, problem: string, hint?: string): InvalidRequestError {
  return new InvalidRequestError({ code: "ERR_INVALID_OPTION", message: `${option} ${problem}`, hint });
}
