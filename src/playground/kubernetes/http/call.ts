import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { Json } from "../json.ts";

export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

/** A request that arrived whole. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly user: User;
}

/** An answer that is known at once. */
export interface DocumentAnswer {
  readonly status: number;
  readonly body: Json | string;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** An answer that goes on: a watch, followed logs. */
export interface StreamAnswer {
  /** Begins to write; the returned function is called when the connection is gone. */
  readonly stream: (response: ServerResponse) => () => void;
}

export type Answer = DocumentAnswer | StreamAnswer;

export function ok(body: Json, status = 200): DocumentAnswer {
  return { status, body };
}

/** The first word of the User-Agent: who writes when no fieldManager is given. */
export function managerOf({ query, headers }: Call): string {
  const given = query.get("fieldManager");
  if (given !== null && given !== "") return given;
  return (headers["user-agent"] ?? "unknown").split("/")[0]?.slice(0, 128) ?? "unknown";
}
