import { Session, type SessionOptions } from "../../client/index.ts";
import type { RetryOptions } from "../../retry/index.ts";

/** Queries are reads, whatever their method: all are repeated, on what a restart, a proxy or a limit causes, and never on a bad query. */
const readRetry: RetryOptions = { methods: ["GET"], statuses: [429, 502, 503, 504] };

/** A session for reads below the options' base, over the given one or one of its own. */
export class ReadSession {
  readonly session: Session;
  /** Closed with this one: a session that was given stays open. */
  readonly #own: Session | undefined;

  constructor(given: SessionOptions | Session | undefined, options: Pick<SessionOptions, "baseUrl" | "auth" | "headers">) {
    const isGiven = isSession(given);
    const root = isGiven ? given : new Session(given);
    const retry = isGiven ? undefined : given?.retry;
    this.#own = isGiven ? undefined : root;
    this.session = root.extend({ ...options, retry: retry === false ? false : { ...readRetry, ...retry } });
  }

  async close(): Promise<void> {
    await this.#own?.close();
  }
}

/** By its methods: the bundled command and a user's script have a Session class each. */
function isSession(value: SessionOptions | Session | undefined): value is Session {
  return value instanceof Session || (value !== undefined && "extend" in value && typeof value.extend === "function");
}
