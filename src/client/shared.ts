import { CookieJar } from "../cookies/index.ts";
import { RequestError } from "../errors/index.ts";
import { Limits, resolveLimits } from "../limit/index.ts";
import { resolveProxy } from "../proxy/index.ts";
import { RetryBudget } from "../retry/index.ts";
import { resolveTracing, type Tracing } from "../telemetry/index.ts";
import { Transport } from "../transport/index.ts";
import type { CurlConnection } from "./curl/index.ts";
import { invalidOption, positive } from "./defaults.ts";
import type { SessionOptions } from "./options.ts";
import { ownOptions } from "./own-options.ts";
import type { Seams } from "./seams.ts";
import { version } from "./version.ts";
import { waitsOf, type Waits } from "./waits.ts";

/** What a session shares with those extended from it. */
export interface Shared {
  readonly transport: Transport;
  readonly budgets: Map<string, RetryBudget>;
  readonly limits: Limits | undefined;
  readonly cookies: CookieJar | undefined;
  readonly tracing: Tracing | undefined;
  /** For curl lines. */
  readonly connection: CurlConnection;
  readonly seams: Seams;
  readonly waits: Waits;
  readonly isUnverified: boolean;
  /** Calls in flight. */
  running: number;
  /** Wakes close() when none is left. */
  onIdle: (() => void) | undefined;
  closing: Promise<void> | undefined;
}

export function newShared(options: SessionOptions, seams: Seams): Shared {
  const policy = resolveLimits(options);
  const network = transportOptions(options);
  const transport = new Transport({ ...network, lookup: seams.lookup });
  return {
    transport,
    budgets: new Map(),
    limits: policy && new Limits(policy, seams.clock),
    cookies: jarOf(options.cookies),
    tracing: resolveTracing(options.tracing, version),
    connection: {
      connectTimeoutMs: network.connectTimeoutMs,
      tls: network.tls,
      proxy: options.proxy,
      socketPath: options.socketPath,
      http2: options.http2,
    },
    seams,
    waits: waitsOf(seams),
    isUnverified: options.tls?.verify === false,
    running: 0,
    onIdle: undefined,
    closing: undefined,
  };
}

export async function closeShared(shared: Shared): Promise<void> {
  shared.transport.close(false);
  shared.limits?.close(() => closed("a call that waited in line"));
  if (shared.running > 0) {
    await new Promise<void>((resolve) => {
      shared.onIdle = resolve;
    });
  }
  shared.transport.close(true);
}

function jarOf(cookies: SessionOptions["cookies"]): CookieJar | undefined {
  if (cookies === undefined || cookies instanceof CookieJar) return cookies;
  const given: unknown = cookies;
  if (given === true) return new CookieJar();
  throw invalidOption("cookies", "takes true or a CookieJar", "Leave it out for a session without cookies.");
}

function transportOptions({
  tls = {},
  proxy,
  socketPath,
  maxConnections = 100,
  connectTimeout = "10s",
  addresses,
  http2 = true,
}: SessionOptions): ConstructorParameters<typeof Transport>[0] {
  if (!Number.isInteger(maxConnections) || maxConnections < 1) throw invalidOption("maxConnections", "takes a whole number above 0");
  if (addresses !== undefined && addresses !== "public") throw invalidOption("addresses", 'takes "public", or leave it out');
  if (typeof http2 !== "boolean") throw invalidOption("http2", "takes true or false");
  if (socketPath !== undefined) checkSocketPath(socketPath, { proxy, addresses });
  return {
    tls: checkTLS(tls),
    proxies: resolveProxy(socketPath === undefined ? proxy : false, process.env),
    socketPath,
    maxConnections,
    isHttp2Offered: http2,
    connectTimeoutMs: positive(connectTimeout, "connectTimeout"),
    isPublicOnly: addresses === "public",
    onUnverified: (origin) =>
      process.emitWarning(`TLS verification is off for ${origin}: anybody on the way can read and change what is sent`, {
        code: "ERRAND_TLS_UNVERIFIED",
      }),
  };
}

/** `sun_path` of Linux holds 107 bytes and the NUL at its end, of macOS 103. */
const maxSocketPathBytes = process.platform === "linux" ? 107 : 103;

function checkSocketPath(socketPath: unknown, { proxy, addresses }: Pick<SessionOptions, "proxy" | "addresses">): void {
  if (typeof socketPath !== "string" || socketPath === "") throw invalidOption("socketPath", "takes the path of a Unix socket");
  if (socketPath.includes("\0")) throw invalidOption("socketPath", "has a NUL, which no path can hold");
  const sizeBytes = Buffer.byteLength(socketPath);
  if (sizeBytes > maxSocketPathBytes) {
    const hint = "Give a path relative to the working directory, or a link to it.";
    throw invalidOption("socketPath", `has ${sizeBytes} bytes, and a socket's path at most ${maxSocketPathBytes}`, hint);
  }
  if (proxy !== undefined && proxy !== false) throw invalidOption("socketPath", "and proxy are both given; keep one");
  if (addresses !== undefined) throw invalidOption("socketPath", 'and addresses: "public" are both given; a socket is on this machine');
}

const tlsNames = new Set(["ca", "roots", "cert", "key", "passphrase", "verify", "servername"]);

function checkTLS(tls: NonNullable<SessionOptions["tls"]>): NonNullable<SessionOptions["tls"]> {
  const own = ownOptions(tls, tlsNames, "session's tls");
  if (own.roots !== undefined && own.roots !== "add" && own.roots !== "only") throw invalidOption("tls.roots", 'takes "add" or "only"');
  if (own.verify !== undefined && typeof own.verify !== "boolean")
    throw invalidOption("tls.verify", "takes true or false", "To trust a private CA give it as tls.ca.");
  return own;
}

/** A crawler meets failing origins without end; the oldest are forgotten, which gives them a full budget again. */
const keptBudgets = 1000;

export function addBudget(budgets: Map<string, RetryBudget>, origin: string): RetryBudget {
  const [oldest] = budgets.keys();
  if (budgets.size >= keptBudgets && oldest !== undefined) budgets.delete(oldest);
  const budget = new RetryBudget();
  budgets.set(origin, budget);
  return budget;
}

export function closed(method: string): RequestError {
  return new RequestError({
    code: "ERR_SESSION_CLOSED",
    message: `${method}: the session is closed`,
    hint: "Make a new Session, or close it after its last call.",
  });
}
