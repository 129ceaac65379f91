import type { WatchHandle } from "./http/watch.ts";
import type { PodQuota } from "./quota.ts";
import { expired } from "./status-error.ts";

/** What goes wrong with one request. */
export type Fault =
  /** 429 before anything is done: as text (priority and fairness) or as a Status. "growing" is 1, 2, 4, … 32 seconds. */
  | { readonly type: "tooManyRequests"; readonly retryAfterSeconds?: number | "growing"; readonly as?: "text" | "status" }
  /** Any other Status failure, before anything is done. */
  | {
      readonly type: "status";
      readonly code: number;
      readonly reason?: string;
      readonly message?: string;
      readonly retryAfterSeconds?: number;
    }
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

/** Which requests a fault strikes. */
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

/** What faults that are not about one request act upon. */
export interface FaultTargets {
  /** The watches that are open now. */
  readonly watches: (action: (watch: WatchHandle) => void) => void;
  /** Installs a quota; the returned function removes it. */
  readonly quota: (quota: PodQuota) => () => void;
  readonly autoscaler: (namespace: string, name: string, replicas: number) => void;
  readonly restart: (downMs: number) => Promise<void>;
}

/** Faults on demand: planned ones strike the requests that match, in the order they were planned. */
export class Faults {
  readonly #targets: FaultTargets;
  #planned: Planned[] = [];

  constructor(targets: FaultTargets) {
    this.#targets = targets;
  }

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

  /** What becomes of the open watches: no event any more and no FIN either, an end as after their timeout, or an ERROR event with 410. */
  watches(what: "silence" | "end" | "expire"): void {
    this.#targets.watches((watch) => {
      if (what === "silence") watch.silence();
      else if (what === "end") watch.end();
      else watch.fail(expired("too old resource version: 1 (2)"));
    });
  }

  /** A quota on pods: creations beyond it fail, and ReplicaFailure shows on the Deployment. The returned function lifts it. */
  quota(quota: PodQuota): () => void {
    return this.#targets.quota(quota);
  }

  /** An autoscaler that exists insists on a number of replicas (within its limits), whatever others set. */
  fighting({
    namespace = "default",
    autoscaler,
    replicas,
  }: {
    readonly namespace?: string;
    readonly autoscaler: string;
    readonly replicas: number;
  }): void {
    this.#targets.autoscaler(namespace, autoscaler, replicas);
  }

  /** Drops all connections, refuses new ones for a while (real milliseconds, default 0), and serves again on the same port. */
  restart({ downMs = 0 }: { readonly downMs?: number } = {}): Promise<void> {
    return this.#targets.restart(downMs);
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
