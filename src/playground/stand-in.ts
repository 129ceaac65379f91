import type { IncomingMessage, ServerResponse } from "node:http";
import { watchConnections, type Connections } from "./connections.ts";
import { listen, send } from "./server.ts";
import { parseTarget, type Target } from "./target.ts";

/** A running stand-in for a service, on 127.0.0.1. */
export interface StandIn {
  /** The name it has in the playground, such as `slack`. */
  readonly name: string;
  /** Without a trailing slash: `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly port: number;
  /** Ends every connection; calling it again does no harm. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** One request to a stand-in. */
export interface StandInExchange extends Target {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly connections: Connections;
  /** Aborted when the response is complete or the client has left: ends every wait. */
  readonly gone: AbortSignal;
}

export type StandInHandler = (exchange: StandInExchange) => void | Promise<void>;

/** Answers the request with this status and message instead. */
export class RequestProblem extends Error {
  override readonly name = "RequestProblem";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Listens and hands every request to `handle`; what that throws becomes the answer, as plain text. */
export async function startStandIn(name: string, handle: StandInHandler, port?: number): Promise<StandIn> {
  const server = await listen(
    (request, response) => {
      const gone = new AbortController();
      response.once("close", () => gone.abort());
      const method = request.method ?? "GET";
      const target = parseTarget(request.url ?? "/");
      Promise.resolve({ request, response, method, connections, gone: gone.signal, ...target })
        .then(handle)
        .catch((error: unknown) => {
          if (!gone.signal.aborted) answerError(response, error);
        });
    },
    { port },
  );
  const connections = watchConnections(server.server);
  return { name, url: server.url, port: server.port, close: () => server.close(), [Symbol.asyncDispose]: () => server.close() };
}

function answerError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // readBody() of server.ts rejects with a RangeError when the body is too large.
  const status = error instanceof RequestProblem ? error.status : error instanceof RangeError ? 413 : 500;
  send(response, {
    status,
    body: `${error instanceof Error ? error.message : String(error)}\n`,
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}
