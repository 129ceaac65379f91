import { mediaType, sseEvents, type EventStreamPosition, type ServerSentEvent } from "../body/index.ts";
import { DecodeError, RequestError, type RequestSummary } from "../errors/index.ts";
import { defaultRetryPolicy, isRetryableError, isRetryableStatus, parseRetryAfter } from "../retry/index.ts";
import { aborted, noEvents, noEventStream, notInTime, type StreamEnding } from "./event-stream-failures.ts";
import { reconnectWaitMs } from "./reconnect-wait.ts";

/** What the reader needs of a response; a StreamResponse fits. */
export interface EventStreamResponse {
  readonly status: number;
  readonly request: RequestSummary;
  /** Decoded chunks, once. */
  readonly body: AsyncIterable<Uint8Array>;
  header(name: string): string | undefined;
  /** Throws an HTTPError for 400 and above. */
  raiseForStatus(): Promise<unknown>;
  close(): Promise<void>;
}

/** One more connection that is about to be made. */
export interface Reconnect {
  /** Connections in a row, this one not counted, that brought no event; 0 after a stream that did. */
  readonly failures: number;
  readonly waitMs: number;
  /** Sent as Last-Event-ID; empty for none. */
  readonly lastEventId: string;
  /** Why the stream broke, or could not be opened; absent when the server ended it. */
  readonly error?: RequestError;
  /** The status that refused the last connection, when one did. */
  readonly status?: number;
}

/** How server-sent events are read over several connections. */
export interface EventsOptions {
  /** False reads this one stream: its end ends the loop, and an error throws. @default true */
  readonly reconnect?: boolean;
  /** Goes on after this event, from an earlier run. @default none */
  readonly lastEventId?: string;
  /** Connections in a row that bring no event before the loop fails. @default none: it goes on until the server answers 204 */
  readonly maxFailures?: number;
  /** The longest event in bytes; a longer one is a DecodeError. @default 10 MB */
  readonly maxEventSize?: number;
  /** Sees each reconnection before its wait. An error it throws ends the loop. */
  readonly onReconnect?: (reconnect: Reconnect) => void;
}

/** Where the streams come from, and the surroundings of the waits between them. */
export interface EventStreamContext {
  /** Sends the same request again, with this header laid over; absent where it cannot be repeated (a POST). */
  readonly open?: (headers: LastEventIdHeader, remainingMs: number | undefined) => Promise<EventStreamResponse>;
  /** The stream that is open already. */
  readonly first?: EventStreamResponse;
  /** Resolves early, without an error, when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** In [0, 1), like Math.random. */
  readonly random: () => number;
  readonly signal?: AbortSignal | undefined;
  /** Bounds everything: streams and the waits between them. */
  readonly deadlineMs?: number | undefined;
}

/** `null` removes a header of the first request that no longer holds. */
export type LastEventIdHeader = Readonly<Record<"last-event-id", string | null>>;

/** Headers of a request for events (WHATWG HTML 9.2.3); the caller's own beat them. */
export const eventStreamHeaders = { accept: "text/event-stream", "cache-control": "no-cache" } as const;

/** A connection that lived so long was a good one, also without an event. */
const stableMs = 5000;
/** No server can send an id with a NUL: where it stands, none was sent on this connection. */
const noOwnId = "\0";

/**
 * The events of a stream that is opened again whenever it ends or breaks: each once, until the server answers 204.
 *
 * Throws HTTPError for a status that will not change, DecodeError for another content type, AbortError, DeadlineError; and, before there was
 * a stream, whatever opening it threw.
 */
export function eventStream(context: EventStreamContext, options: EventsOptions = {}): AsyncGenerator<ServerSentEvent> {
  return new EventStreamReader(context, options).read();
}

class EventStreamReader {
  readonly #context: EventStreamContext;
  readonly #options: EventsOptions;
  readonly #startedAt: number;
  readonly #position: EventStreamPosition;
  #last: ServerSentEvent | undefined;
  #failures = 0;
  #isEstablished = false;

  constructor(context: EventStreamContext, options: EventsOptions) {
    this.#context = context;
    this.#options = options;
    this.#startedAt = context.now();
    this.#position = { lastEventId: options.lastEventId ?? "", retryMs: undefined };
  }

  async *read(): AsyncGenerator<ServerSentEvent> {
    let response = this.#context.first;
    for (;;) {
      const openedAt = this.#context.now();
      const last = this.#last;
      let ending: StreamEnding = {};
      try {
        response ??= await this.#open();
        if (response.status === 204) return await response.close();
        const refusal = await this.#accept(response);
        if (refusal === undefined) yield* this.#events(response);
        else ending = refusal;
      } catch (error) {
        if (!this.#canGoOn(error)) throw error;
        ending = { error };
      }
      if (!this.#isReconnecting) return;
      const isGood =
        this.#last !== last || (this.#isEstablished && ending.status === undefined && this.#context.now() - openedAt >= stableMs);
      this.#failures = isGood ? 0 : this.#failures + 1;
      await this.#wait({ request: response?.request, ...ending });
      response = undefined;
    }
  }

  get #isReconnecting(): boolean {
    return this.#options.reconnect !== false && this.#context.open !== undefined;
  }

  get #remainingMs(): number | undefined {
    const { deadlineMs, now } = this.#context;
    return deadlineMs === undefined ? undefined : deadlineMs - (now() - this.#startedAt);
  }

  #open(): Promise<EventStreamResponse> {
    if (this.#context.open === undefined) throw new TypeError("an event stream needs a response, or a way to open one");
    return this.#context.open({ "last-event-id": headerValue(this.#position.lastEventId) }, this.#remainingMs);
  }

  /** What speaks against reading it for now; throws for what always will. */
  async #accept(response: EventStreamResponse): Promise<StreamEnding | undefined> {
    const { status } = response;
    if (this.#isEstablished && isRetryableStatus(status, defaultRetryPolicy, false)) {
      await response.close();
      return { status, askedMs: parseRetryAfter(response.header("retry-after"), Date.now()) };
    }
    await response.raiseForStatus();
    if (status >= 200 && status < 300 && mediaType(response.header("content-type"))?.type === "text/event-stream") {
      this.#isEstablished = true;
      return undefined;
    }
    await response.close();
    throw noEventStream({ status, request: response.request }, response.header("content-type"));
  }

  async *#events({ body, request }: EventStreamResponse): AsyncGenerator<ServerSentEvent> {
    const before = { ...this.#position };
    let replayed = this.#last;
    const position = { lastEventId: noOwnId, retryMs: before.retryMs };
    try {
      for await (const event of sseEvents(body, { maxEventBytes: this.#options.maxEventSize, request, position })) {
        const isReplay = replayed !== undefined && isSame(event, replayed);
        // Only the first can be one: a server that goes on from the last event instead of after it.
        replayed = undefined;
        if (isReplay) continue;
        this.#last = event.id === noOwnId ? { ...event, id: before.lastEventId } : event;
        yield this.#last;
      }
    } finally {
      this.#position.retryMs = position.retryMs;
      if (position.lastEventId !== noOwnId) this.#position.lastEventId = position.lastEventId;
    }
  }

  #canGoOn(error: unknown): error is RequestError {
    return this.#isReconnecting && this.#isEstablished && error instanceof RequestError && isRetryableError(error);
  }

  async #wait({ error, status, askedMs = 0, request }: StreamEnding): Promise<void> {
    const { maxFailures = Infinity, onReconnect } = this.#options;
    const { sleep, signal, random } = this.#context;
    const failures = this.#failures;
    if (failures >= maxFailures && failures > 0) throw error ?? noEvents({ status, request }, failures);
    const waitMs = Math.max(askedMs, reconnectWaitMs({ retryMs: this.#position.retryMs, failures, random }));
    const remainingMs = this.#remainingMs;
    if (remainingMs !== undefined && waitMs >= remainingMs) throw notInTime({ error, request }, waitMs);
    onReconnect?.({ failures, waitMs, lastEventId: this.#position.lastEventId, ...(error && { error }), ...(status && { status }) });
    await sleep(waitMs, signal);
    if (signal?.aborted === true) throw aborted(signal, request);
  }
}

function isSame(event: ServerSentEvent, last: ServerSentEvent): boolean {
  return event.id !== "" && event.id === last.id && event.data === last.data && event.event === last.event;
}

/** UTF-8 bytes, as the standard wants; white space at the ends would be lost on the way (RFC 9110 5.5). */
function headerValue(lastEventId: string): string | null {
  const bytes = Buffer.from(lastEventId)
    .toString("latin1")
    .replaceAll(/^[\t ]+|[\t ]+$/g, "");
  if (bytes === "") return null;
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(bytes)) return bytes;
  throw new DecodeError({
    code: "ERR_DECODE",
    message: "the last event's id has a control character, so it cannot be sent back as Last-Event-ID",
    hint: "The server should use ids of visible characters; reconnect: false reads a single stream.",
  });
}
