/** What goes wrong with one request. */
export type Fault =
  /** 429 before anything is done: as text (priority and fairness) or as a Status. "growing" is 1, 2, 4, … 32 seconds. */
  | { readonly type: "tooManyRequests"; readonly retryAfterSeconds?: number | "growing"; readonly as?: "text" | "status" }
  /** Any other Status failure, before anything is done. */
  | { readonly type: "status"; readonly code: number; readonly reason?: string; readonly message?: string; readonly retryAfterSeconds?: number }
  /** 409, as if somebody else had just written. */
  | { readonly type: "conflict" }
  /** 410 as an HTTP answer, for lists and watches. */
  | { readonly type: "expired" }
  /** HTTP 200, then an ERROR event with 410. */
  | { readonly type: "watchExpired" }
  /** A watch that answers 200 and then nothing, for ever. */
  | { readonly type: "silentWatch" }
  /** The connection is reset: before the request is handled, or after its effect is stored. */
  | { readonly type: "reset"; readonly when?: "before" | "afterWrite" }
  /** The effect is stored, and the answer is a 504 all the same. */
  | { readonly type: "timeoutAfterWrite" }
  | { readonly type: "unauthorized" }
  /** An HTML page of a proxy in front of the server. */
  | { readonly type: "htmlPage"; readonly code: number }
  /** A right answer, late. Real milliseconds. */
  | { readonly type: "slow"; readonly delayMs: number };

export interface FaultMatch {
  /** Default: any. */
  readonly method?: string;
  /** Tested against path and query, as they came. Default: any resource request (below /api or /apis/GROUP/VERSION). */
  readonly path?: string | RegExp;
  /** How many requests it strikes. Default 1 for `next`, all for `always`. */
  readonly times?: number;
}

interface Planned {
  readonly fault: Fault;
  readonly match: FaultMatch;
  left: number;
  struck: number;
}

/** A fault that strikes now, and how often it did before. */
export interface Strike {
  readonly fault: Fault;
  readonly count: number;
}

const RESOURCE = /^\/(?:api\/[^/]+\/|apis\/[^/]+\/[^/]+\/)[^/?]/;

/** Faults on demand: planned ones strike the requests that match, in the order they were planned. */
export class Faults {
  #planned: Planned[] = [];

  /** Strikes the next matching request, or the next `times`. */
  next(fault: Fault, match: FaultMatch = {}): void {
    this.#planned.push({ fault, match, left: match.times ?? 1, struck: 0 });
  }

  /** Strikes each matching request; the returned function ends that. */
  always(fault: Fault, match: FaultMatch = {}): () => void {
    const planned: Planned = { fault, match, left: match.times ?? Number.POSITIVE_INFINITY, struck: 0 };
    this.#planned.push(planned);
    return () => {
      this.#planned = this.#planned.filter((other) => other !== planned);
    };
  }

  /** Forgets what has not struck yet. */
  clear(): void {
    this.#planned = [];
  }

  /** The fault that strikes this request, if any. */
  take(method: string, url: string): Strike | undefined {
    const planned = this.#planned.find((one) => one.left > 0 && isMatch(one.match, method, url));
    if (planned === undefined) return undefined;
    planned.left -= 1;
    planned.struck += 1;
    if (planned.left === 0) this.#planned = this.#planned.filter((other) => other !== planned);
    return { fault: planned.fault, count: planned.struck - 1 };
  }
}

function isMatch(match: FaultMatch, method: string, url: string): boolean {
  if (match.method !== undefined && match.method.toUpperCase() !== method) return false;
  const { path = RESOURCE } = match;
  return typeof path === "string" ? url.includes(path) : path.test(url);
}

/** Seconds of the Retry-After header: given, or doubling up to 32. */
export function retryAfterOf(given: number | "growing" | undefined, count: number): number {
  if (given === "growing") return Math.min(32, 2 ** count);
  return given ?? 1;
}
