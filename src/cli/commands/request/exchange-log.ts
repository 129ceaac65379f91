import type { ErrandResponse, Middleware, StreamResponse } from "../../../client/index.ts";
import { RequestError } from "../../../errors/index.ts";
import type { RequestHeadLike } from "../../output/head.ts";
import type { RequestPlan } from "./plan.ts";
import { requestHeaders } from "./request-headers.ts";

/** One request on its way and what came of it, redacted. */
export interface LoggedExchange {
  readonly request: RequestHeadLike;
  /** 0 for the request itself, 1 for the first redirect's target. */
  readonly hop: number;
  /** Whether the body went along: a redirect that turned POST into GET has dropped it. */
  readonly hasBody: boolean;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly response?: ErrandResponse | StreamResponse;
  readonly error?: { readonly code: string; readonly message: string };
}

/** Thrown in place of sending, for `--offline`. */
export class NotSent extends Error {}

/** Keeps every exchange of a call, for `--print`, `--all`, `--offline` and `--har`. */
export class ExchangeLog {
  readonly #exchanges: LoggedExchange[] = [];

  get exchanges(): readonly LoggedExchange[] {
    return this.#exchanges;
  }

  /** The last one of a hop: the one that led on. */
  ofHop(hop: number): LoggedExchange | undefined {
    return this.#exchanges.findLast((exchange) => exchange.hop === hop);
  }

  /** @param isOffline nothing is sent: the call ends with {@link NotSent} */
  middleware(plan: RequestPlan, { now, isOffline }: { readonly now: () => number; readonly isOffline: boolean }): Middleware {
    return async (request, next) => {
      const { method, url, hop } = request;
      const head = { method, url, headers: requestHeaders(request, plan, plan.session.cookies) };
      const logged = { request: head, hop, hasBody: method === plan.method, startedAt: now() };
      if (isOffline) {
        this.#exchanges.push(logged);
        throw new NotSent();
      }
      try {
        const response = await next(request);
        this.#exchanges.push({ ...logged, response });
        return response;
      } catch (error) {
        this.#exchanges.push({
          ...logged,
          ...(error instanceof RequestError ? { error: { code: error.code, message: error.message } } : {}),
        });
        throw error;
      }
    };
  }
}
