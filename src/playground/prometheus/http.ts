import { readBody, send, sendJson } from "../server.ts";
import type { StandInExchange } from "../stand-in.ts";
import { ERROR_STATUS, QueryError, UnsupportedError } from "./query-error.ts";

/** Answers a request. */
export type Respond = (exchange: StandInExchange) => void | Promise<void>;

/** A path: what it allows and what it does. */
export interface Route {
  readonly methods: readonly string[];
  readonly respond: Respond;
}

/** The `data` of an answer, and its warnings. */
export interface Answer {
  readonly data: unknown;
  readonly warnings?: readonly string[];
}

const CORS_HEADERS = {
  "access-control-allow-headers": "Accept, Authorization, Content-Type, Origin",
  "access-control-allow-methods": "GET, POST, OPTIONS",
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "Date",
  vary: "Origin",
};

/** Finds the route; the answers for wrong paths and methods are those of Go's mux, plain text. */
export function dispatch(exchange: StandInExchange, routes: Readonly<Record<string, Route>>, isReady: boolean): void | Promise<void> {
  const { path, method, request, response } = exchange;
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  const isApi = path.includes("/api/v1/");
  if (method !== "POST") request.resume();
  if (route === undefined) return sendText(exchange, 404, "404 page not found\n");
  if (method === "OPTIONS" && isApi) return void response.writeHead(204, CORS_HEADERS).end();
  if (!route.methods.includes(method)) {
    exchange.response.setHeader("allow", [...route.methods, "OPTIONS"].sort().join(", "));
    return sendText(exchange, 405, "Method Not Allowed\n");
  }
  if (!isReady && (isApi || path.endsWith("/-/ready"))) return sendText(exchange, 503, "Service Unavailable");
  return route.respond(exchange);
}

/** Reads the parameters from the query and, stronger, from a urlencoded POST body. */
export function answerFields(make: (fields: URLSearchParams) => Answer): Respond {
  return async (exchange) => {
    const { request, method, query } = exchange;
    const body = method === "POST" ? (await readBody(request)).toString("utf8") : "";
    const isForm = (request.headers["content-type"] ?? "").toLowerCase().startsWith("application/x-www-form-urlencoded");
    const fields = new URLSearchParams([...(isForm ? new URLSearchParams(body) : []), ...query]);
    await answerData(() => make(fields))(exchange);
  };
}

/** Answers with the envelope of the HTTP API, of success or of an error. */
export function answerData(make: (exchange: StandInExchange) => Answer): Respond {
  return (exchange) => {
    const { response } = exchange;
    try {
      const { data, warnings = [] } = make(exchange);
      sendJson(response, {
        status: 200,
        json: { status: "success", data, ...(warnings.length > 0 ? { warnings } : {}) },
        headers: CORS_HEADERS,
      });
    } catch (error) {
      if (error instanceof UnsupportedError) return sendText(exchange, 501, `${error.message}\n`);
      if (!(error instanceof QueryError)) throw error;
      sendJson(response, {
        status: ERROR_STATUS[error.errorType],
        json: { status: "error", errorType: error.errorType, error: error.message },
        headers: CORS_HEADERS,
      });
    }
  };
}

/** As Go's http.Error writes it. */
export function sendText({ response }: StandInExchange, status: number, text: string): void {
  send(response, { status, body: text, headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" } });
}
