import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DeployEvent } from "../../src/deploy/index.ts";

const program = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
/** Halves the start of a command: Node keeps what it has compiled, by content. */
const compileCache = fileURLToPath(new URL("../../node_modules/.cache/errand-integration", import.meta.url));

export interface ErrandOptions {
  readonly cwd: string;
  /** All that the command sees beside PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>;
  /** `closed`: nobody reads it, from the start. @default "pipe" */
  readonly stdout?: "pipe" | "closed";
}

export interface Outcome {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

type EventOf<Type extends DeployEvent["type"]> = Extract<DeployEvent, { readonly type: Type }>;

/** The command in a process of its own, as a pipeline starts it. */
export class ErrandProcess {
  readonly pid: number;
  readonly ended: Promise<Outcome>;
  readonly #child: ChildProcess;
  #stdout = "";
  #stderr = "";
  #listeners: (() => void)[] = [];
  #hasEnded = false;

  constructor(args: readonly string[], { cwd, env, stdout = "pipe" }: ErrandOptions) {
    const child = spawn(process.execPath, [program, ...args], {
      cwd,
      env: { PATH: process.env["PATH"] ?? "", HOME: cwd, ERRAND_HOME: join(cwd, ".errand"), NODE_COMPILE_CACHE: compileCache, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      // A process group of its own, so that what it leaves behind can be found.
      detached: true,
    });
    this.#child = child;
    this.pid = child.pid ?? 0;
    if (stdout === "closed") child.stdout.destroy();
    else child.stdout.setEncoding("utf8").on("data", (text: string) => this.#add({ stdout: text }));
    child.stderr.setEncoding("utf8").on("data", (text: string) => this.#add({ stderr: text }));
    this.ended = this.#untilEnd(child);
  }

  /** What it has printed so far. */
  get output(): string {
    return this.#stdout + this.#stderr;
  }

  /** The events of `deploy --json` so far. */
  get events(): readonly DeployEvent[] {
    return parseEvents(this.#stdout);
  }

  /** Whether it, or a process that it has started, still runs. */
  get isRunning(): boolean {
    try {
      process.kill(-this.pid, 0);
      return true;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
      throw error;
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Closes the end of the pipe that this process reads, as `head -1` does when it has seen enough. */
  stopReading(): void {
    this.#child.stdout?.destroy();
  }

  /** Resolves with the first event of that type that `matches`. */
  async event<Type extends DeployEvent["type"]>(
    type: Type,
    matches: (event: EventOf<Type>) => boolean = () => true,
  ): Promise<EventOf<Type>> {
    for (;;) {
      const found = this.events.find((event): event is EventOf<Type> => event.type === type && matches(event as EventOf<Type>));
      if (found !== undefined) return found;
      if (this.#hasEnded) throw new Error(`errand ended without the event ${type}:\n${this.#stdout}${this.#stderr}`);
      await new Promise<void>((resolve) => this.#listeners.push(resolve));
    }
  }

  #add({ stdout = "", stderr = "" }: { readonly stdout?: string; readonly stderr?: string }): void {
    this.#stdout += stdout;
    this.#stderr += stderr;
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners.splice(0)) listener();
  }

  async #untilEnd(child: ChildProcess): Promise<Outcome> {
    const mostMs = 50_000;
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill("SIGKILL");
    }, mostMs);
    try {
      const [exitCode, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
        child.once("error", reject);
        child.once("close", (code, name) => resolve([code, name]));
      });
      if (isLate) throw new Error(`errand did not end within ${mostMs / 1000} s:\n${this.#stdout}${this.#stderr}`);
      return { exitCode, signal, stdout: this.#stdout, stderr: this.#stderr };
    } finally {
      clearTimeout(timer);
      this.#hasEnded = true;
      this.#notify();
    }
  }
}

/** Runs the command to its end. */
export function errand(args: readonly string[], options: ErrandOptions): Promise<Outcome> {
  return new ErrandProcess(args, options).ended;
}

/** Every complete line is one event; anything else on stdout fails here. */
export function parseEvents(stdout: string): readonly DeployEvent[] {
  const lines = stdout.split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as DeployEvent);
}
