import type { IncomingMessage, ServerResponse } from "node:http";
import { watchConnections, type Connections } from "./connections.ts";
import { ReceivedCall, type FakeCall } from "./fake/fake-call.ts";
import { sendReply } from "./fake/fake-reply.ts";
import { RouteScript, type FakeRoute } from "./fake/fake-route.ts";
import { matchRoute, parseRoutePattern, type RoutePattern } from "./fake/route-pattern.ts";
import { nearest } from "../errors/index.ts";
import { listen, type LoopbackServer } from "./server.ts";
import { parseTarget } from "./target.ts";

/** Of {@link fakeServer}. */
export interface FakeServerOptions {
  /** Default: the kernel chooses. */
  readonly port?: number;
  /** PEM key and certificate: the server speaks HTTPS. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** A scripted server on 127.0.0.1 that remembers every request. */
export interface FakeServer {
  /** Without a trailing slash: `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly port: number;
  /** Every request so far, unmatched ones included, in the order of arrival. A live list. */
  readonly calls: readonly FakeCall[];
  /** TCP connections accepted so far: two requests over one kept-alive connection count once. */
  readonly connections: number;
  /**
   * Declares a route: `"GET /users"`, `"GET /users/:id"`, `"* /files/*"`, `"GET /users?page=2"` or `"*"`.
   * Without a method any is meant. `:name` takes one path segment, a final `*` takes the rest. Query pairs named must be present
   * (`?page=*`: with any value), others may be. The route declared last wins where several match; the same text gives the same route.
   * @throws TypeError when the route is not of that form.
   */
  on(route: string): FakeRoute;
  /** The requests that the given route's pattern matches, declared or not. */
  callsTo(route: string): readonly FakeCall[];
  /** Ends every connection, waiting answers included. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a scripted server for tests. A request that no route matches gets 501 and a text that names the nearest route.
 *
 * @example
 * const server = await fakeServer();
 * server.on("GET /users").fail(503, { times: 2, retryAfter: 1 }).reply({ json: [{ id: 1 }] });
 * const users = await errand.get(`${server.url}/users`).json();
 * expect(server.callsTo("GET /users")).toHaveLength(3);
 * await server.close();
 */
export async function fakeServer(options: FakeServerOptions = {}): Promise<FakeServer> {
  const routes = new Map<string, Route>();
  const calls: ReceivedCall[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const call = new ReceivedCall(request);
    calls.push(call);
    answerCall({ call, request, response, routes, connections }).catch((error: unknown) => endWithError(response, call, error));
  };
  const server: LoopbackServer = await listen(answer, options);
  const connections = watchConnections(server.server);
  return {
    url: server.url,
    port: server.port,
    calls,
    get connections() {
      return connections.accepted;
    },
    on(text) {
      const pattern = parseRoutePattern(text);
      const script = routes.get(pattern.text)?.script ?? new RouteScript();
      routes.delete(pattern.text); // Set anew, it becomes the last in order, and so the strongest.
      routes.set(pattern.text, { pattern, script });
      return script;
    },
    callsTo(text) {
      const pattern = parseRoutePattern(text);
      return calls.filter((call) => matchRoute(pattern, call.method, call) !== undefined);
    },
    close: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

interface Route {
  readonly pattern: RoutePattern;
  readonly script: RouteScript;
}

interface Exchange {
  readonly call: ReceivedCall;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly routes: ReadonlyMap<string, Route>;
  readonly connections: Connections;
}

async function answerCall({ call, request, response, routes, connections }: Exchange): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  // The step is taken on arrival, so that concurrent calls are served in the order in which they came.
  const action = takeAction(call, routes);
  if (action?.isEarly !== true) {
    await call.receive(request);
    if (!call.isComplete) return;
  }
  if (action === undefined) return sendReply(response, { status: 501, text: unmatchedText(call, routes) }, gone.signal);
  if (action.kind === "reset") return connections.reset(request);
  if (action.kind === "hang") return;
  const reply = typeof action.reply === "function" ? await action.reply(call) : action.reply;
  try {
    await sendReply(response, reply, gone.signal);
  } catch (error) {
    // A wait ended because the client left or the server closes: there is nobody to answer.
    if (!gone.signal.aborted) throw error;
  }
}

function takeAction(call: ReceivedCall, routes: ReadonlyMap<string, Route>): ReturnType<RouteScript["next"]> {
  const target = parseTarget(call.target);
  for (const { pattern, script } of [...routes.values()].reverse()) {
    const params = matchRoute(pattern, call.method, target);
    if (params === undefined) continue;
    call.params = params;
    call.route = pattern.text;
    return script.next();
  }
  return undefined;
}

function unmatchedText(call: FakeCall, routes: ReadonlyMap<string, Route>): string {
  if (call.route !== undefined) return `The route ${call.route} has no step: add .reply(...) to it.\n`;
  const closest = nearest(`${call.method} ${call.target}`, routes.keys(), Infinity);
  return `No route for ${call.method} ${call.target}. ${closest === undefined ? "None is declared" : `The nearest is ${closest}`}.\n`;
}

/** A handler or a stream of the test failed: the client sees a 500 with the reason, or a broken body. */
function endWithError(response: ServerResponse, call: FakeCall, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.writeHead(500, { "content-type": "text/plain; charset=utf-8" });
  response.end(`The reply of ${call.route ?? "the fake server"} failed: ${error instanceof Error ? error.message : String(error)}\n`);
}
