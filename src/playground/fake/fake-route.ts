import { setTimeout as delay } from "node:timers/promises";
import { checkReply, type FakeHandler, type FakeReply } from "./fake-reply.ts";

/** How often, and when, a step of a route is taken. */
export interface StepOptions {
  /** How many calls it serves before the next step's turn. Default 1; the last step serves all further calls. */
  readonly times?: number;
  /** Acts as soon as the headers are there, without reading the request body. Default false. */
  readonly early?: boolean;
}

/** Of {@link FakeRoute.fail}. */
export interface FailOptions extends StepOptions {
  /** The Retry-After header: a number of seconds, a Date (sent as HTTP-date), or text sent as it is. */
  readonly retryAfter?: number | Date | string;
  /** Body of the answer. Default: none. */
  readonly json?: unknown;
  /** Headers of the answer. Default: none. */
  readonly headers?: FakeReply["headers"];
}

/** Of {@link FakeRoute.drip}. */
export interface DripOptions extends StepOptions {
  /** Default 1. */
  readonly chunkBytes?: number;
  /** The pause before each chunk, in milliseconds. Default 10. */
  readonly everyMs?: number;
  /** Default 200. */
  readonly status?: number;
  /** Headers of the answer. Default: none. */
  readonly headers?: FakeReply["headers"];
}

/**
 * The script of one route. Every method adds a step and returns the route; steps are taken in order, and the last one repeats.
 * A step added when the last one has already had its turns takes over from it.
 */
export interface FakeRoute {
  /** Answers; a handler computes the answer from the call. */
  reply(reply?: FakeReply | FakeHandler, options?: StepOptions): FakeRoute;
  /** Answers with an error status and, without `json`, its name as text. */
  fail(status: number, options?: FailOptions): FakeRoute;
  /** Answers with a TCP reset. */
  reset(options?: StepOptions): FakeRoute;
  /** Never answers; the connection stays open until the client or the server closes it. */
  hang(options?: StepOptions): FakeRoute;
  /** Answers slowly, a few bytes at a time, with a right Content-Length. */
  drip(body: string | Uint8Array, options?: DripOptions): FakeRoute;
  /** Answers with a Location header. Default status 302. */
  redirect(to: string, status?: number, options?: StepOptions): FakeRoute;
}

/** What a route does with one call. */
export type Action =
  | { readonly kind: "reply"; readonly reply: FakeReply | FakeHandler; readonly isEarly: boolean }
  | { readonly kind: "reset"; readonly isEarly: boolean }
  | { readonly kind: "hang"; readonly isEarly: boolean };

interface Step {
  readonly action: Action;
  left: number;
}

/** The route's steps, and which comes next. */
export class RouteScript implements FakeRoute {
  readonly #steps: Step[] = [];

  reply(reply: FakeReply | FakeHandler = {}, options: StepOptions = {}): this {
    if (typeof reply !== "function") checkReply(reply);
    return this.#add({ kind: "reply", reply, isEarly: options.early ?? false }, options);
  }

  fail(status: number, options: FailOptions = {}): this {
    const headers = {
      ...(options.retryAfter === undefined ? {} : { "retry-after": retryAfterText(options.retryAfter) }),
      ...options.headers,
    };
    const body = options.json === undefined ? { text: `${status} from the fake server\n` } : { json: options.json };
    return this.reply({ status, headers, ...body }, options);
  }

  reset(options: StepOptions = {}): this {
    return this.#add({ kind: "reset", isEarly: options.early ?? false }, options);
  }

  hang(options: StepOptions = {}): this {
    return this.#add({ kind: "hang", isEarly: options.early ?? false }, options);
  }

  drip(body: string | Uint8Array, options: DripOptions = {}): this {
    const bytes = Buffer.from(body);
    const headers = { "content-length": String(bytes.length), ...options.headers };
    return this.reply({ status: options.status ?? 200, headers, stream: () => dripBytes(bytes, options) }, options);
  }

  redirect(to: string, status = 302, options: StepOptions = {}): this {
    return this.reply({ status, headers: { location: to } }, options);
  }

  /** Takes the next step; undefined when the route has none. */
  next(): Action | undefined {
    const step = this.#steps[0];
    if (step === undefined) return undefined;
    step.left -= 1;
    if (step.left <= 0 && this.#steps.length > 1) this.#steps.shift();
    return step.action;
  }

  #add(action: Action, { times = 1 }: StepOptions): this {
    if (!Number.isInteger(times) || times < 1) throw new RangeError(`times is ${times}: give a whole number of calls, 1 or more`);
    // A last step that has already had its turns makes way for the new one.
    const only = this.#steps[0];
    if (this.#steps.length === 1 && only !== undefined && only.left <= 0) this.#steps.pop();
    this.#steps.push({ action, left: times });
    return this;
  }
}

function retryAfterText(value: number | Date | string): string {
  return value instanceof Date ? value.toUTCString() : String(value);
}

async function* dripBytes(bytes: Buffer, { chunkBytes = 1, everyMs = 10 }: DripOptions): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += chunkBytes) {
    await delay(everyMs, undefined, { ref: false }); // The server keeps the process alive, not the pause.
    yield bytes.subarray(start, start + chunkBytes);
  }
}
