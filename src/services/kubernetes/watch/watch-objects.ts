import { AbortError, RequestError } from "../../../errors/index.ts";
import { durationMs, formatDuration, type Duration } from "../../../retry/index.ts";
import type { KubernetesObject, List } from "../types.ts";
import { broken, closed, errorLine, isHealthy, refused, type Ending, type Life } from "./interruption.ts";
import { KnownObjects } from "./known-objects.ts";
import { WatchBackoff } from "./watch-backoff.ts";
import { readWatchLine, type WatchEvent } from "./watch-event.ts";

/** Servers close a watch after 30 to 60 minutes at the latest; asking for less finds a dead one sooner. The spread keeps many apart. */
const SHORTEST_SECONDS = 240;
const SPREAD_SECONDS = 60;

/** What is told when a watch is interrupted. It goes on by itself. */
export interface Interruption {
  readonly reason: string;
  readonly waitMs: number;
  /** What was missed is found by listing anew. */
  readonly relists: boolean;
  readonly error?: unknown;
}

/** How long a watch may take, and what ends it. */
export interface WatchLimits {
  /** Ends the watch. @default none */
  readonly signal?: AbortSignal;
  /** How long it may be interrupted before the watch ends with ERR_KUBERNETES_WATCH; `false`: for ever. @default "10m" */
  readonly giveUpAfter?: Duration | false;
  /** Sees each interruption of the watch. */
  readonly onInterruption?: (interruption: Interruption) => void;
}

/** Where a watch gets its list and its streams. */
export interface WatchSource {
  /** For errors: `pods in shop`. */
  readonly name: string;
  list(): Promise<List<KubernetesObject>>;
  open(resourceVersion: string, timeoutSeconds: number): Promise<WatchStream>;
}

export interface WatchStream {
  /** One JSON value a line. */
  readonly lines: AsyncIterable<unknown>;
  close(): Promise<void>;
}

/** Time and chance, to be had anew in tests. */
export interface WatchEnvironment {
  /** Monotonic milliseconds. */
  now(): number;
  random(): number;
  /** Rejects when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal | undefined): Promise<void>;
}

/** Lists, then follows every change for as long as the caller wants, across closed, broken, silent and expired connections. */
export class Watch {
  readonly #source: WatchSource;
  readonly #limits: WatchLimits;
  readonly #environment: WatchEnvironment;
  readonly #known = new KnownObjects();
  readonly #backoff: WatchBackoff;
  readonly #giveUpMs: number;
  /** Where to go on; undefined: list. */
  #version: string | undefined;
  #hasListed = false;
  #hasRelistedInVain = false;
  #troubleSinceMs: number | undefined;

  constructor(source: WatchSource, limits: WatchLimits, environment: WatchEnvironment) {
    this.#source = source;
    this.#limits = limits;
    this.#environment = environment;
    this.#backoff = new WatchBackoff(() => environment.random());
    const { giveUpAfter = "10m" } = limits;
    this.#giveUpMs = giveUpAfter === false ? Infinity : durationMs(giveUpAfter, "giveUpAfter");
  }

  async *events(): AsyncGenerator<WatchEvent<KubernetesObject>, never> {
    for (;;) {
      const ending = yield* this.#connect();
      await this.#rest(ending);
    }
  }

  /** One list if needed, one stream. Throws what another try would not mend. */
  async *#connect(): AsyncGenerator<WatchEvent<KubernetesObject>, Ending> {
    this.#throwIfAborted();
    let stream: WatchStream;
    try {
      if (this.#version === undefined) yield* await this.#list();
      const timeoutSeconds = SHORTEST_SECONDS + Math.floor(this.#environment.random() * SPREAD_SECONDS);
      stream = await this.#source.open(this.#version ?? "", timeoutSeconds);
    } catch (error) {
      // What fails before anything was seen is told at once: a wrong name, a missing permission, no server.
      const ending = this.#hasListed && this.#limits.signal?.aborted !== true ? refused(error) : undefined;
      if (ending === undefined) throw error;
      return ending;
    }
    return yield* this.#follow(stream);
  }

  async #list(): Promise<Iterable<WatchEvent<KubernetesObject>>> {
    const list = await this.#source.list();
    const isResync = this.#hasListed;
    this.#hasListed = true;
    this.#version = list.metadata.resourceVersion;
    return this.#known.replace(list.items, isResync);
  }

  async *#follow(stream: WatchStream): AsyncGenerator<WatchEvent<KubernetesObject>, Ending> {
    const openedMs = this.#environment.now();
    let hadEvents = false;
    const life = (): Life => ({ hadEvents, lastedMs: this.#environment.now() - openedMs });
    try {
      for await (const raw of stream.lines) {
        const line = readWatchLine(raw);
        if (line === undefined) continue;
        if (line.type === "ERROR") return errorLine(line.object);
        if (line.type === "BOOKMARK") {
          this.#version = line.resourceVersion;
          continue;
        }
        hadEvents = true;
        this.#noteEvent(line);
        yield line;
      }
      return closed(life());
    } catch (error) {
      if (this.#limits.signal?.aborted === true) throw error;
      return broken(error);
    } finally {
      if (isHealthy(life())) this.#troubleSinceMs = undefined;
      await stream.close();
    }
  }

  #noteEvent(event: WatchEvent<KubernetesObject>): void {
    this.#version = event.object.metadata.resourceVersion;
    this.#known.apply(event);
    this.#backoff.reset();
    this.#hasRelistedInVain = false;
  }

  /** The pause between two connections. */
  async #rest(ending: Ending): Promise<void> {
    if (ending.mustRelist) this.#version = undefined;
    const isFirstGone = ending.isGone && !this.#hasRelistedInVain;
    if (ending.isGone) this.#hasRelistedInVain = true;
    const waitMs = ending.isFailure && !isFirstGone ? Math.max(this.#backoff.nextMs(), ending.retryAfterMs) : 0;
    if (ending.isFailure) this.#giveUpInTime(ending);
    this.#limits.onInterruption?.({ reason: ending.reason, waitMs, relists: ending.mustRelist, error: ending.error });
    this.#throwIfAborted();
    if (waitMs === 0) return;
    try {
      await this.#environment.sleep(waitMs, this.#limits.signal);
    } finally {
      this.#throwIfAborted();
    }
  }

  #giveUpInTime(ending: Ending): void {
    const nowMs = this.#environment.now();
    this.#troubleSinceMs ??= nowMs;
    const lastedMs = nowMs - this.#troubleSinceMs;
    if (lastedMs < this.#giveUpMs) return;
    throw new RequestError({
      code: "ERR_KUBERNETES_WATCH",
      message: `the watch of ${this.#source.name} has been interrupted for ${formatDuration(lastedMs)}, most recently because ${ending.reason}`,
      hint: "giveUpAfter says how long to go on trying; false: for ever.",
      cause: ending.error,
    });
  }

  #throwIfAborted(): void {
    const { signal } = this.#limits;
    if (signal?.aborted !== true) return;
    throw new AbortError({ code: "ERR_ABORTED", message: `the watch of ${this.#source.name} was cancelled`, cause: signal.reason });
  }
}
