import { LineSplitter } from "./line-splitter.ts";

/** One event of a `text/event-stream` (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export interface ServerSentEvent {
  /** The event's type; `message` unless the server named another. */
  readonly event: string;
  /** The `data` lines, joined by LF. */
  readonly data: string;
  /** The last event id: this event's own, or that of an earlier one; empty while there was none. */
  readonly id: string;
  /** The reconnection time that the server last asked for, in milliseconds; absent while it asked for none. */
  readonly retryMs?: number;
}

/** Where a stream stands: what a later connection goes on from. */
export interface EventStreamPosition {
  /** Sent as Last-Event-ID; empty for none. */
  lastEventId: string;
  retryMs: number | undefined;
}

/** The events of a text that arrives in pieces, by the WHATWG's "interpreting an event stream". */
export class EventStreamParser {
  /** An event, or a single line, passed the limit; nothing after it was read. */
  isTooLarge = false;
  readonly #lines: LineSplitter;
  readonly #maxBytes: number;
  readonly #position: EventStreamPosition;
  #type = "";
  #data: string[] = [];
  #idBuffer: string;
  /** Of the fields since the last blank line. */
  #sizeBytes = 0;

  /** @param position kept up to date; a stream that goes on from another one keeps its id until the server sends one */
  constructor(maxBytes: number, position: EventStreamPosition) {
    this.#lines = new LineSplitter("any", maxBytes);
    this.#maxBytes = maxBytes;
    this.#position = position;
    this.#idBuffer = position.lastEventId;
  }

  /** The events that this text completes. An event without its blank line is never given, also not at the end. */
  push(text: string): ServerSentEvent[] {
    const events: ServerSentEvent[] = [];
    for (const line of this.#lines.push(text)) {
      if (line === "") this.#dispatch(events);
      else this.#read(line);
      if (this.isTooLarge) return events;
    }
    this.isTooLarge = this.#lines.isTooLong;
    return events;
  }

  #read(line: string): void {
    const colon = line.indexOf(":");
    // A comment: servers keep idle connections alive with them.
    if (colon === 0) return;
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#type = value;
    else if (name === "id" && !value.includes("\0")) this.#idBuffer = value;
    else if (name === "retry" && /^[0-9]+$/.test(value)) this.#position.retryMs = Math.min(Number(value), Number.MAX_SAFE_INTEGER);
    this.#sizeBytes += Buffer.byteLength(line);
    this.isTooLarge = this.#sizeBytes > this.#maxBytes;
  }

  #dispatch(events: ServerSentEvent[]): void {
    const { retryMs } = this.#position;
    // An id counts with the blank line only, and also where there is no data to go with it.
    this.#position.lastEventId = this.#idBuffer;
    if (this.#data.length > 0) {
      const event = { event: this.#type === "" ? "message" : this.#type, data: this.#data.join("\n"), id: this.#idBuffer };
      events.push(retryMs === undefined ? event : { ...event, retryMs });
    }
    this.#data = [];
    this.#type = "";
    this.#sizeBytes = 0;
  }
}
