import { setTimeout as delay } from "node:timers/promises";
import { send, sendJson } from "../server.ts";
import { RequestProblem, startStandIn, type StandIn, type StandInExchange } from "../stand-in.ts";

/** What `/healthz` answers. At most one of `json` and `text`. */
export interface HealthAnswer {
  /** Default 200. */
  readonly status?: number;
  /** Details. Default `{"status":"ok"}`, or `{"status":"unavailable"}` from status 400 on. */
  readonly json?: unknown;
  /** A plain text body instead. */
  readonly text?: string;
  /** Wait before answering, in milliseconds. Default 0. */
  readonly delayMs?: number;
}

/** An answer, or a function of the number of the check, from 1. */
export type HealthScript = HealthAnswer | ((check: number) => HealthAnswer);

/** Of {@link startHealth}. */
export interface HealthOptions {
  /** Default: the kernel chooses. */
  readonly port?: number;
  /** Default: healthy. */
  readonly script?: HealthScript;
}

/** A running health endpoint. */
export interface HealthStandIn extends StandIn {
  /** `http://127.0.0.1:40123/healthz` */
  readonly healthUrl: string;
  /** How many checks came so far. */
  readonly checks: number;
  /** Scripts the answers from now on. */
  set(script: HealthScript): void;
}

/** Starts a service whose `/healthz` says what it is told to say. */
export async function startHealth({ port, script = {} }: HealthOptions = {}): Promise<HealthStandIn> {
  let current = script;
  let checks = 0;
  const standIn = await startStandIn(
    "health",
    async (exchange) => {
      const { method, path, response } = exchange;
      exchange.request.resume();
      if (path !== "/healthz") throw new RequestProblem(404, `No route ${path}. Try /healthz`);
      if (method !== "GET" && method !== "HEAD") {
        response.setHeader("allow", "GET, HEAD");
        throw new RequestProblem(405, `${method} is not allowed on /healthz`);
      }
      checks += 1;
      await answer(exchange, typeof current === "function" ? current(checks) : current);
    },
    port,
  );
  return {
    name: standIn.name,
    url: standIn.url,
    port: standIn.port,
    healthUrl: `${standIn.url}/healthz`,
    get checks() {
      return checks;
    },
    set: (replacement) => {
      current = replacement;
    },
    close: () => standIn.close(),
    [Symbol.asyncDispose]: () => standIn.close(),
  };
}

async function answer({ response, gone }: StandInExchange, { status = 200, json, text, delayMs = 0 }: HealthAnswer): Promise<void> {
  if (delayMs > 0) await delay(delayMs, undefined, { signal: gone });
  const headers = { "cache-control": "no-store" };
  if (text !== undefined)
    return send(response, { status, body: text, headers: { "content-type": "text/plain; charset=utf-8", ...headers } });
  return sendJson(response, { status, json: json ?? { status: status < 400 ? "ok" : "unavailable" }, headers });
}
