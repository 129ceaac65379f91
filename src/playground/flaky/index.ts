import { sendJson } from "../server.ts";
import { RequestProblem, startStandIn, type StandIn, type StandInHandler } from "../stand-in.ts";
import { nearest } from "../../errors/index.ts";
import { Counters } from "./counters.ts";
import { dripRoute, flakyRoute, onceClosedRoute, rateLimitRoute, resetRoute, slowRoute, truncatedRoute } from "./failures.ts";
import { redirectRoute, redirectToRoute, statusRoute } from "./redirects.ts";

/** Of {@link startFlaky}. */
export interface FlakyOptions {
  /** Default: the kernel chooses. */
  readonly port?: number;
  /** Milliseconds since the epoch, for `/rate-limit`. Default: Date.now. */
  readonly now?: () => number;
}

/**
 * Starts the stand-in for everything that goes wrong: `/flaky`, `/rate-limit`, `/slow`, `/reset`, `/drip`, `/truncated`,
 * `/status/CODE`, `/redirect/N`, `/redirect-to`, `/hang`, `/once-closed`. `/` lists them with their parameters.
 */
export function startFlaky({ port, now = Date.now }: FlakyOptions = {}): Promise<StandIn> {
  const counters = new Counters();
  const routes: Readonly<Record<string, StandInHandler>> = {
    "/flaky": flakyRoute(counters),
    "/rate-limit": rateLimitRoute(now),
    "/slow": slowRoute,
    "/reset": resetRoute(counters),
    "/drip": dripRoute,
    "/truncated": truncatedRoute,
    "/status": statusRoute,
    "/redirect": redirectRoute,
    "/redirect-to": redirectToRoute,
    "/hang": () => {},
    "/once-closed": onceClosedRoute(counters),
  };
  const handle: StandInHandler = (exchange) => {
    const { path, request, response } = exchange;
    request.resume(); // No route looks at the body, but the connection can be used again only when it was read.
    if (path === "/") return sendJson(response, { status: 200, json: { routes: USAGE } });
    const route = routes[`/${path.split("/")[1] ?? ""}`];
    if (route === undefined)
      throw new RequestProblem(
        404,
        `No route ${path}. The nearest is ${nearest(path, Object.keys(routes), Infinity) ?? "/"}; GET / lists all.`,
      );
    return route(exchange);
  };
  return startStandIn("flaky", handle, port);
}

const USAGE = [
  "/flaky?fail=2&status=503&key=K&retry-after=1",
  "/rate-limit?after=2&date=1&key=K",
  "/slow?ms=1000",
  "/reset?fail=1&key=K",
  "/drip?bytes=10&ms=1000",
  "/truncated?bytes=100",
  "/status/503",
  "/redirect/3?status=302",
  "/redirect-to?url=/status/200&status=307",
  "/hang",
  "/once-closed?key=K",
];
