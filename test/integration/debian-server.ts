import { spawn, type ChildProcess } from "node:child_process";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** How one of Debian's servers is started in the foreground. */
export interface ServerPlan {
  readonly command: string;
  /** What to install when the command is missing. */
  readonly package: string;
  /** Of one that has ended and is to come back. @default a free one */
  readonly port?: number | undefined;
  /** Writes the configuration into the directory; resolves with the arguments. Called again for another port. */
  configure(directory: string, port: number): Promise<readonly string[]>;
  /** Resolves when it serves. @default when something listens on the port */
  ready?(port: number): Promise<void>;
  /** What ends it together with its helper processes. @default "SIGTERM" */
  readonly stopSignal?: NodeJS.Signals;
}

/** A server of Debian's on loopback, with its files in a directory of its own. */
export interface DebianServer {
  readonly port: number;
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly directory: string;
  /** The text of a file in its directory. @default "log" */
  log(name?: string): Promise<string>;
  /** Ends it by `signal`, and leaves its files. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Ends it and removes its files. */
  close(): Promise<void>;
}

const waitMs = 20_000;
const tries = 3;

/** They cannot be told to let the kernel choose a port and then say which: where somebody else was quicker, the next one is tried. */
export async function startDebianServer(plan: ServerPlan): Promise<DebianServer> {
  const directory = await mkdtemp(join(tmpdir(), `errand-${plan.command}-`));
  // Started by root, they give up root for an account that has to write its log here.
  await chmod(directory, 0o777);
  try {
    for (let count = 1; ; count += 1) {
      try {
        return await startOnce(plan, directory);
      } catch (error) {
        if (isMissing(error)) throw new Error(`this test needs ${plan.command}: apt-get install ${plan.package}`, { cause: error });
        if (count === tries) throw new Error(`${plan.command} did not start: ${String(error)}`, { cause: error });
      }
    }
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

async function startOnce(plan: ServerPlan, directory: string): Promise<DebianServer> {
  const port = plan.port ?? (await freePort());
  const args = await plan.configure(directory, port);
  const child = spawn(plan.command, args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` },
    cwd: directory,
  });
  let words = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (words = (words + text).slice(-10_000)));
  const started = new AbortController();
  try {
    await Promise.race([failure(child), readiness(plan, port, started.signal)]);
  } catch (error) {
    await stop(child, "SIGKILL");
    if (isMissing(error)) throw error;
    throw new Error(`${String(error)}\n${words}`, { cause: error });
  } finally {
    started.abort();
  }
  const end = (signal = plan.stopSignal ?? "SIGTERM"): Promise<void> => stop(child, signal);
  return {
    port,
    host: `127.0.0.1:${port}`,
    directory,
    log: (name = "log") => readFile(join(directory, name), "utf8"),
    stop: end,
    async close() {
      await end();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function readiness(plan: ServerPlan, port: number, signal: AbortSignal): Promise<void> {
  await listening(port, signal);
  await plan.ready?.(port);
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  // TERM first, not KILL: most have helper processes that only they themselves end.
  child.kill(signal);
  const inTime = await Promise.race([ended.then(() => true), delay(5_000, false, { ref: false })]);
  if (inTime) return;
  child.kill("SIGKILL");
  await ended;
}

/** Rejects when it cannot be started, or ends. */
function failure(child: ChildProcess): Promise<never> {
  return new Promise((_resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`it ended with exit code ${code}`)));
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** A port that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(port: number, signal: AbortSignal): Promise<void> {
  const end = performance.now() + waitMs;
  while (performance.now() < end && !signal.aborted) {
    if (await accepts(port)) return;
    await delay(50);
  }
  throw new Error(`nothing listens on port ${port} after ${waitMs / 1000} s`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
