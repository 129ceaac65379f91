import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { readBody } from "../../server.ts";
import type { AccessRule } from "../access.ts";
import type { Authenticator } from "../auth.ts";
import type { Faults, Strike } from "../faults.ts";
import type { Simulation } from "../simulation.ts";
import { expired, StatusError } from "../status-error.ts";
import type { Answer, Call, User } from "./call.ts";
import { handle } from "./handler.ts";
import { respond, respondWithError, setCommonHeaders } from "./respond.ts";
import { strikeAfter, strikeBefore } from "./strike.ts";
import type { WatchHandle } from "./watch.ts";

/** What arrived. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<IncomingHttpHeaders>;
  readonly body: string;
  readonly user: string | undefined;
  /** Of the answer; undefined while there is none, and after a reset. */
  readonly status: number | undefined;
}

type Recording = { -readonly [Key in keyof RecordedRequest]: RecordedRequest[Key] };

export interface ApiServerOptions {
  readonly simulation: Simulation;
  readonly authenticator: Authenticator;
  readonly rules: readonly AccessRule[];
  readonly faults: Faults;
  readonly bookmarkMs: number;
  /** The user of the connection's client certificate, when it has a valid one. */
  readonly certificateUser: (request: IncomingMessage) => User | undefined;
}

// etcd takes requests of 1.5 MB, the API server bodies of 3 MB.
const BODY_LIMIT_BYTES = 3 * 1024 * 1024;

// A playground may run for days.
const REQUESTS_LIMIT = 10_000;

/** The HTTP side: records, authenticates, lets faults strike, answers. */
export class ApiServer {
  readonly requests: RecordedRequest[] = [];
  readonly #options: ApiServerOptions;
  readonly #watches = new Set<WatchHandle>();

  constructor(options: ApiServerOptions) {
    this.#options = options;
  }

  /** The listener of the HTTP server. */
  readonly listener = (request: IncomingMessage, response: ServerResponse): void => {
    this.#serve(request, response).catch((error: unknown) => {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      if (response.headersSent) response.destroy();
      else
        respondWithError(response, new StatusError(500, "InternalError", { message: `Internal error occurred: ${message}`, details: {} }));
    });
  };

  /** Does something to every open watch. */
  eachWatch(action: (handle: WatchHandle) => void): void {
    for (const watch of Array.from(this.#watches)) action(watch);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", url = "/" } = request;
    const recording = record(request);
    this.requests.push(recording);
    if (this.requests.length > REQUESTS_LIMIT) this.requests.shift();
    response.once("finish", () => (recording.status = response.statusCode));
    const body = await this.#readBody(request, response);
    if (body === undefined) return;
    recording.body = body.toString("utf8");
    const strike = this.#options.faults.take(method, url);
    if (strike?.fault.type === "slow") await sleep(strike.fault.delayMs);
    if (strike !== undefined && strikeBefore(request, response, strike)) return;
    this.#answer(request, response, { recording, body, strike });
  }

  async #readBody(request: IncomingMessage, response: ServerResponse): Promise<Buffer | undefined> {
    try {
      return await readBody(request, BODY_LIMIT_BYTES);
    } catch (error) {
      if (!(error instanceof RangeError)) {
        // The client went away before its request was complete.
        response.destroy();
        return undefined;
      }
      const message = `Request entity too large: limit is ${BODY_LIMIT_BYTES}`;
      respondWithError(response, new StatusError(413, "RequestEntityTooLarge", { message, details: {}, headers: { connection: "close" } }));
      return undefined;
    }
  }

  #handle(request: IncomingMessage, { recording, body, strike }: Arrived): Answer {
    const { simulation, authenticator, rules, bookmarkMs, certificateUser } = this.#options;
    const user = authenticator.authenticate(request.headers, certificateUser(request));
    recording.user = user.name;
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    const call: Call = { method: recording.method, path: pathname, query: searchParams, headers: request.headers, body, user };
    return handle(call, { simulation, rules, bookmarkMs, opened: (watch) => this.#opened(watch, strike) });
  }

  #opened(watch: WatchHandle, strike: Strike | undefined): () => void {
    if (strike?.fault.type === "silentWatch") watch.silence();
    if (strike?.fault.type === "watchExpired") queueMicrotask(() => watch.fail(expired("too old resource version: 1 (2)")));
    this.#watches.add(watch);
    return () => this.#watches.delete(watch);
  }

  #answer(request: IncomingMessage, response: ServerResponse, arrived: Arrived): void {
    const { recording, strike } = arrived;
    try {
      const answer = this.#handle(request, arrived);
      if (strike !== undefined && strikeAfter(response, strike)) return;
      if ("stream" in answer) {
        setCommonHeaders(response);
        response.once("close", answer.stream(response));
        recording.status = response.statusCode;
      } else respond(response, answer);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      respondWithError(response, error);
    }
  }
}

interface Arrived {
  readonly recording: Recording;
  readonly body: Buffer;
  readonly strike: Strike | undefined;
}

function record({ method = "GET", url = "/", headers }: IncomingMessage): Recording {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  return { method, path: pathname, query: Object.fromEntries(searchParams), headers, body: "", user: undefined, status: undefined };
}
