import { fstatSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { isatty } from "node:tty";
import { EXIT } from "./exit-codes.ts";

/** stdout or stderr, as a command sees it. */
export interface Output {
  readonly isTTY: boolean;
  /** NO_COLOR, FORCE_COLOR and TERM=dumb are already considered. */
  readonly hasColor: boolean;
  /** Characters in a line; 80 where there is no terminal. */
  readonly columns: number;
  /** One or more lines; a final newline is added where it is missing. */
  print(text: string): void;
  /** Bytes as they are. Resolves when the reader keeps up, rejects when it has gone (see {@link Ended}). */
  write(chunk: string | Uint8Array): Promise<void>;
}

/** stdin. Nothing is read, and the process is not kept alive, before {@link Input.chunks} is iterated. */
export interface Input {
  /** `none` is a closed stdin, /dev/null or another device: never worth waiting for. */
  readonly kind: "terminal" | "pipe" | "none";
  chunks(): AsyncIterable<Uint8Array>;
}

/** Everything a command may know about the world outside it; tests bring their own. */
export interface Io {
  readonly stdin: Input;
  /** The result. */
  readonly stdout: Output;
  /** Everything else: progress, warnings, retries, errors. */
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted with an {@link Ended} by SIGINT, by SIGTERM, and when the reader of stdout has gone. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Asks on the terminal and gives the line typed; undefined where nobody can be asked. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  /** What the process will end with; 0 until a command sets it. */
  exitCode: number;
}

/** Why the world outside ended a command: the reason of {@link Io.signal}. */
export class Ended extends Error {
  readonly kind: "interrupted" | "terminated" | "outputClosed" | "outputFailed";

  constructor(kind: Ended["kind"], message: string = kind) {
    super(message);
    this.kind = kind;
  }

  /** A reader that has seen enough (`| head`) is no failure. */
  get exitCode(): number {
    const codes = { interrupted: EXIT.interrupted, terminated: EXIT.terminated, outputClosed: EXIT.ok, outputFailed: EXIT.error } as const;
    return codes[this.kind];
  }
}

/** The path a user wrote, made absolute; `~` is the home directory, also where no shell expands it (`--ca=~/ca.pem`). */
export function filePath(io: Pick<Io, "cwd" | "env">, path: string): string {
  const home = io.env["HOME"] ?? homedir();
  return resolve(io.cwd, path === "~" || path.startsWith("~/") ? home + path.slice(1) : path);
}

/** https://no-color.org, then FORCE_COLOR as Node reads it, then the terminal. */
export function wantsColor(env: Io["env"], isTTY: boolean): boolean {
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return isTTY && env["TERM"] !== "dumb";
}

/** The Io of this process. Installs the signal handlers, and shows Node's warnings as a command shows its own. */
export function processIo(): Io {
  const controller = new AbortController();
  const end = (reason: Ended): void => {
    // A second Ctrl-C does not wait for what the first one set going.
    if (controller.signal.aborted && (reason.kind === "interrupted" || reason.kind === "terminated")) process.exit(reason.exitCode);
    controller.abort(reason);
  };
  process.on("SIGINT", () => end(new Ended("interrupted")));
  process.on("SIGTERM", () => end(new Ended("terminated")));
  // The terminal was closed: clean up as for SIGTERM.
  process.on("SIGHUP", () => end(new Ended("terminated")));
  const stdin = processInput(controller.signal);
  // Without stderr there is nobody to tell, and the result still matters.
  const stderr = streamOutput(process.stderr, process.env, () => {});
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (!isOfNoConcern(warning)) stderr.print(`warning: ${warning.message}`);
  });
  return {
    stdin,
    stdout: streamOutput(process.stdout, process.env, end),
    stderr,
    env: process.env,
    cwd: process.cwd(),
    signal: controller.signal,
    now: Date.now,
    ask: stdin.kind === "terminal" && process.stderr.isTTY ? (question) => askOnTerminal(question, controller.signal) : undefined,
    exitCode: EXIT.ok,
  };
}

/** That Node calls a module of its own experimental; that it has to look whether a user's file is an ES module. */
function isOfNoConcern(warning: Error): boolean {
  return warning.name === "ExperimentalWarning" || ("code" in warning && warning.code === "MODULE_TYPELESS_PACKAGE_JSON");
}

function streamOutput(stream: NodeJS.WriteStream & { readonly fd: number }, env: Io["env"], end: (reason: Ended) => void): Output {
  let ended: Ended | undefined;
  const isTTY = isatty(stream.fd);
  const fail = (error: NodeJS.ErrnoException): Ended => {
    // A full disk must not look like a reader that has seen enough.
    const isClosed = error.code === "EPIPE" || error.code === "EOF" || error.code === "ERR_STREAM_DESTROYED";
    ended ??= isClosed ? new Ended("outputClosed") : new Ended("outputFailed", `cannot write the output: ${error.message}`);
    end(ended);
    return ended;
  };
  stream.on("error", fail);
  return {
    isTTY,
    hasColor: wantsColor(env, isTTY),
    get columns() {
      return stream.columns ?? 80;
    },
    print(text) {
      if (ended === undefined) stream.write(text.endsWith("\n") ? text : `${text}\n`);
    },
    write(chunk) {
      return new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(ended);
        stream.write(chunk, (error) => (error ? reject(fail(error)) : resolve()));
      });
    },
  };
}

function processInput(signal: AbortSignal): Input {
  return {
    kind: inputKind(),
    async *chunks() {
      // A pipe that is being read keeps the process alive, whoever stopped waiting for it.
      const stop = (): void => void process.stdin.destroy(signal.reason instanceof Error ? signal.reason : undefined);
      signal.addEventListener("abort", stop, { once: true });
      try {
        for await (const chunk of process.stdin as AsyncIterable<Buffer>) yield chunk;
      } finally {
        signal.removeEventListener("abort", stop);
      }
    },
  };
}

function inputKind(): Input["kind"] {
  try {
    const stat = fstatSync(0);
    if (stat.isFIFO() || stat.isFile() || stat.isSocket()) return "pipe";
  } catch {
    // fd 0 is closed (`<&-`): there is nothing to read.
    return "none";
  }
  return isatty(0) ? "terminal" : "none";
}

async function askOnTerminal(question: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question, { signal });
  } finally {
    lines.close();
  }
}
