import { DecodeError, type RequestSummary } from "../errors/index.ts";
import { prefix } from "./content-coding.ts";
import { EventStreamParser, type EventStreamPosition, type ServerSentEvent } from "./event-stream-parser.ts";

/** How an event stream is read. */
export interface EventStreamOptions {
  /** Longest event in bytes of UTF-8, its field names included; default 10 MB. A longer one is a DecodeError. */
  readonly maxEventBytes?: number;
  /** Where an earlier connection to the same stream stood; kept up to date. */
  readonly position?: EventStreamPosition;
  /** Named in errors. */
  readonly request?: RequestSummary;
}

/** An event is a message, not a document; and one of many short lines takes several times its size while it is put together. */
const DEFAULT_MAX_EVENT_BYTES = 10_000_000;

/**
 * The events of a `text/event-stream`, each as soon as its blank line is there.
 *
 * By the WHATWG HTML standard, 9.2.5 and 9.2.6: always UTF-8, whatever the charset parameter says; an event that the stream ends within is
 * dropped. Leaving the loop early closes the source. Throws DecodeError (ERR_DECODE) past `maxEventBytes`.
 */
export async function* sseEvents(chunks: AsyncIterable<Uint8Array>, options: EventStreamOptions = {}): AsyncGenerator<ServerSentEvent> {
  const { maxEventBytes = DEFAULT_MAX_EVENT_BYTES, position = { lastEventId: "", retryMs: undefined } } = options;
  // Removes one byte order mark, and makes U+FFFD of what is no UTF-8.
  const decoder = new TextDecoder();
  const parser = new EventStreamParser(maxEventBytes, position);
  for await (const chunk of chunks) {
    yield* parser.push(decoder.decode(chunk, { stream: true }));
    // Checked after the events before it were given.
    if (parser.isTooLarge) throw eventTooLarge(maxEventBytes, options.request);
  }
}

function eventTooLarge(maxEventBytes: number, request: RequestSummary | undefined): DecodeError {
  return new DecodeError({
    code: "ERR_DECODE",
    message: `${prefix(request)}an event of the stream is larger than ${maxEventBytes} bytes`,
    hint: "Raise maxEventBytes if such events are expected. A body that is no event stream looks like this too.",
    request,
  });
}
