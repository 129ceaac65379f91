import type { Agenda } from "../clock.ts";

export interface LogLine {
  readonly atMs: number;
  readonly text: string;
  /** Counts the runs of the container: `--previous` asks for the last but one. */
  readonly run: number;
}

// As after a log rotation: a container that crashes for days must not fill the memory.
const LINES_LIMIT = 500;

/** What the containers of one pod wrote. */
export interface ContainerLogs {
  write(container: string, run: number, text: string): void;
}

/** What containers wrote, and who listens. */
export class PodLogs {
  readonly #agenda: Agenda;
  readonly #lines = new Map<string, LogLine[]>();
  readonly #followers = new Map<string, Set<(line: LogLine | undefined) => void>>();

  constructor(agenda: Agenda) {
    this.#agenda = agenda;
  }

  of(uid: string): ContainerLogs {
    return {
      write: (container, run, text) => {
        const key = `${uid}/${container}`;
        const line: LogLine = { atMs: this.#agenda.now(), text, run };
        this.#lines.set(key, [...(this.#lines.get(key) ?? []).slice(1 - LINES_LIMIT), line]);
        for (const follower of this.#followers.get(key) ?? []) follower(line);
      },
    };
  }

  read(uid: string, container: string): readonly LogLine[] {
    return this.#lines.get(`${uid}/${container}`) ?? [];
  }

  /** Calls `follower` with each further line, and with undefined when the pod is gone. */
  follow(uid: string, container: string, follower: (line: LogLine | undefined) => void): () => void {
    const key = `${uid}/${container}`;
    const followers = this.#followers.get(key) ?? new Set();
    this.#followers.set(key, followers.add(follower));
    return () => followers.delete(follower);
  }

  /** The pod is gone, and its logs with it. */
  close(uid: string): void {
    for (const key of Array.from(this.#lines.keys())) if (key.startsWith(`${uid}/`)) this.#lines.delete(key);
    for (const [key, followers] of this.#followers) {
      if (!key.startsWith(`${uid}/`)) continue;
      this.#followers.delete(key);
      for (const follower of followers) follower(undefined);
    }
  }
}
