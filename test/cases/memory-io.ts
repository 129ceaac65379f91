import { EXIT } from "../../src/cli/exit-codes.ts";
import { Ended, wantsColor, type Io, type Output } from "../../src/cli/io.ts";

export interface MemoryIoOptions {
  /** What stdin holds, as a pipe. Without it stdin is /dev/null. */
  readonly stdin?: string | Uint8Array;
  /** Which of the three are a terminal. A terminal on stdin gives `answers` to questions. */
  readonly terminal?: readonly ("stdin" | "stdout" | "stderr")[];
  readonly answers?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly columns?: number;
  readonly now?: () => number;
}

/** An Io in memory, and what was written to it. */
export interface MemoryIo extends Io {
  stdoutText(): string;
  stdoutBytes(): Buffer;
  stderrText(): string;
  /** Whether anything asked for stdin. */
  readonly stdinWasRead: boolean;
  /** As SIGINT does, or as another reason. */
  interrupt(reason?: Ended): void;
}

export function memoryIo(options: MemoryIoOptions = {}): MemoryIo {
  const { terminal = [], env = {}, columns = 80, answers = [] } = options;
  const controller = new AbortController();
  const stdout = memoryOutput(terminal.includes("stdout"), env, columns);
  const stderr = memoryOutput(terminal.includes("stderr"), env, columns);
  const left = [...answers];
  let stdinWasRead = false;
  return {
    stdin: {
      kind: options.stdin !== undefined ? "pipe" : terminal.includes("stdin") ? "terminal" : "none",
      async *chunks() {
        stdinWasRead = true;
        if (options.stdin !== undefined) yield Buffer.from(options.stdin);
      },
    },
    stdout: stdout.output,
    stderr: stderr.output,
    env,
    cwd: options.cwd ?? process.cwd(),
    signal: controller.signal,
    now: options.now ?? Date.now,
    ask: terminal.includes("stdin")
      ? async (question) => {
          stderr.output.print(question);
          return left.shift() ?? "";
        }
      : undefined,
    exitCode: EXIT.ok,
    get stdinWasRead() {
      return stdinWasRead;
    },
    stdoutText: () => stdout.bytes().toString("utf8"),
    stdoutBytes: () => stdout.bytes(),
    stderrText: () => stderr.bytes().toString("utf8"),
    interrupt: (reason = new Ended("interrupted")) => controller.abort(reason),
  };
}

function memoryOutput(isTTY: boolean, env: Io["env"], columns: number): { output: Output; bytes: () => Buffer } {
  const chunks: Buffer[] = [];
  const output: Output = {
    isTTY,
    hasColor: wantsColor(env, isTTY),
    columns,
    print: (text) => void chunks.push(Buffer.from(text.endsWith("\n") ? text : `${text}\n`)),
    write: async (chunk) => void chunks.push(Buffer.from(chunk)),
  };
  return { output, bytes: () => Buffer.concat(chunks) };
}
