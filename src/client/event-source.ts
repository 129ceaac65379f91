import type { CallContext } from "./call.ts";
import { positive } from "./defaults.ts";
import type { EventStreamContext } from "./event-stream.ts";
import type { RequestOptions } from "./options.ts";
import type { StreamResponse } from "./stream-response.ts";
import type { Waits } from "./waits.ts";

export interface EventSourceInit {
  readonly method: string;
  readonly request: RequestOptions;
  /** Sends the request with these options; gives a stream. */
  readonly send: (options: RequestOptions & { readonly stream: true }) => Promise<StreamResponse>;
  readonly waits: Waits;
}

/** How a request for events is sent again. Only a GET is: another method may have done something. */
export function eventSource({ defaults, random }: CallContext, { method, request, send, waits }: EventSourceInit): EventStreamContext {
  const deadlineMs = request.deadline === undefined ? defaults.deadlineMs : positive(request.deadline, "deadline");
  const open: EventStreamContext["open"] = (headers, remainingMs) =>
    send({
      ...request,
      ...(remainingMs === undefined ? {} : { deadline: Math.max(1, Math.ceil(remainingMs)) }),
      headers: { ...request.headers, ...headers },
      stream: true,
    });
  return { ...(method === "GET" ? { open } : {}), ...waits, random, signal: request.signal, deadlineMs };
}
