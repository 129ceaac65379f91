import { nearest } from "../../errors/index.ts";
import { rmSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { STAND_IN_NAMES, startPlayground, type Playground, type StandInName } from "../../playground/index.ts";
import type { Io } from "../io.ts";
import { UsageError } from "../usage-error.ts";

interface PlaygroundFlags {
  readonly only?: string;
  readonly port: Readonly<Partial<Record<StandInName, number>>>;
  readonly json?: boolean;
}

/** `errand playground`: stand-ins for services on loopback, until Ctrl-C. */
export function register(command: Command, io: Io): void {
  command
    .option("--only <names>", `some of ${STAND_IN_NAMES.join(", ")}; separated by commas (default: all)`)
    .option("--port <name=port>", "a fixed port; may be repeated", addPort, {})
    .option("--json", "machine-readable")
    .action(async (flags: PlaygroundFlags) => {
      const only = flags.only === undefined ? undefined : namesOf(flags.only);
      await run(await start(only, flags.port), flags, io);
    });
}

async function start(only: readonly StandInName[] | undefined, ports: PlaygroundFlags["port"]): Promise<Playground> {
  try {
    return await startPlayground({ ...(only === undefined ? {} : { only }), ports });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), {
      hint: "Without --port the kernel chooses free ports.",
      cause,
    });
  }
}

/** Ctrl-C is how a playground ends: no failure. */
async function run(playground: Playground, { json }: PlaygroundFlags, io: Io): Promise<void> {
  let directory: string | undefined;
  const remove = (): void => (directory === undefined ? undefined : rmSync(directory, { recursive: true, force: true }));
  // For the second Ctrl-C, which does not wait for anything.
  process.once("exit", remove);
  try {
    if (playground.kubeconfig !== undefined) directory = await mkdtemp(join(tmpdir(), "errand-playground-"));
    const kubeconfig = directory === undefined ? undefined : join(directory, "kubeconfig");
    if (kubeconfig !== undefined) await writeFile(kubeconfig, playground.kubeconfig ?? "", { mode: 0o600 });
    const environment = { ...(kubeconfig === undefined ? {} : { KUBECONFIG: kubeconfig }), ...playground.environment() };
    io.stdout.print(json === true ? renderJson(playground, environment) : renderText(playground, environment));
    io.stderr.print("running; Ctrl-C stops it");
    await untilEnded(io.signal);
  } finally {
    await playground.close();
    remove();
    process.removeListener("exit", remove);
  }
}

function untilEnded(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Lines that a shell can source: `errand playground > env.sh &`, then `. ./env.sh`. */
function renderText(playground: Playground, environment: Readonly<Record<string, string>>): string {
  const width = Math.max(...playground.started.map((name) => name.length));
  const urls = playground.started.map((name) => `# ${name.padEnd(width)}  ${playground[name].url}`);
  const exports = Object.entries(environment).map(([name, value]) => `export ${name}=${quote(value)}`);
  return [...urls, ...exports].join("\n");
}

function quote(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

function renderJson(playground: Playground, environment: Readonly<Record<string, string>>): string {
  const urls = Object.fromEntries(playground.started.map((name) => [name, playground[name].url]));
  return JSON.stringify({ urls, environment }, undefined, 2);
}

function namesOf(text: string): readonly StandInName[] {
  return text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "")
    .map(checkName);
}

function checkName(name: string): StandInName {
  const known = STAND_IN_NAMES.find((candidate) => candidate === name);
  if (known !== undefined) return known;
  const close = nearest(name, STAND_IN_NAMES);
  throw new UsageError(`there is no stand-in ${name}`, {
    hint: `${close === undefined ? "" : `Did you mean ${close}? `}There are ${STAND_IN_NAMES.join(", ")}.`,
  });
}

function addPort(text: string, before: PlaygroundFlags["port"]): PlaygroundFlags["port"] {
  const [, name = "", port = ""] = /^([a-z]+)=(\d{1,5})$/.exec(text) ?? [];
  if (name === "" || Number(port) > 65_535) throw new UsageError(`--port takes NAME=PORT, for example kubernetes=8001, not ${text}`);
  return { ...before, [checkName(name)]: Number(port) };
}
