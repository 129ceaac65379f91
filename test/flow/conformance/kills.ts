import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { AuditResult } from "./audit-flow.ts";
import { countingServer, type CountingServer } from "./counting-server.ts";

const worker = fileURLToPath(new URL("worker.ts", import.meta.url));
const loader = fileURLToPath(new URL("sources.mjs", import.meta.url));
/** As many steps as the flow has in flight at once. */
const width = 4;
const items = 6;

export interface Ended {
  readonly isKilled: boolean;
  readonly output: { readonly result?: AuditResult; readonly code?: string; readonly message?: string };
  readonly stderr: string;
}

export interface Trial {
  readonly server: CountingServer;
  readonly place: string;
  /** Starts or resumes the run in a process of its own. */
  start(environment?: Readonly<Record<string, string>>): { readonly process: ChildProcess; readonly ended: Promise<Ended> };
  /** What must be true in the end, after so many kills. */
  check(ended: Ended, kills: number): void;
  close(): Promise<void>;
}

/** One run, with a server and a place of its own. */
export async function trial(engine: string): Promise<Trial> {
  const server = await countingServer();
  const place = await mkdtemp(join(tmpdir(), "errand-kills-"));
  const input = JSON.stringify({ url: server.url, items });
  const start = (environment: Readonly<Record<string, string>> = {}): ReturnType<Trial["start"]> => {
    const child = spawn(process.execPath, ["--import", loader, worker, engine, place, "audit-1", input], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...environment },
    });
    return { process: child, ended: outcomeOf(child) };
  };
  const close = async (): Promise<void> => {
    await server.close();
    await rm(place, { recursive: true, force: true });
  };
  return { server, place, start, check: (ended, kills) => check(server, ended, kills), close };
}

async function outcomeOf(child: ChildProcess): Promise<Ended> {
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk) => (stdout += String(chunk)));
  child.stderr?.on("data", (chunk) => (stderr += String(chunk)));
  const signal = await new Promise<NodeJS.Signals | null>((resolve) => child.on("close", (_code, by) => resolve(by)));
  if (signal === null && stdout === "") throw new Error(`the worker ended without a word: ${stderr}`);
  return { isKilled: signal === "SIGKILL", output: stdout === "" ? {} : (JSON.parse(stdout) as Ended["output"]), stderr };
}

/** Every call that the flow makes: each exactly once but for what was in flight. */
const expected = [
  "GET /items",
  ...Array.from({ length: items }, (_each, index) => `GET /items/${index + 1}`),
  ...[1, 3, 5].map((id) => `POST /items/${id}/patch`),
  "POST /left",
  "PUT /right",
  ...["a", "b", "c"].map((name) => `POST /children/${name}`),
  "POST /notify",
];

function check({ calls }: CountingServer, { output }: Ended, kills: number): void {
  expect(output).toMatchObject({ result: { sum: 210, patched: 3, children: ["a", "b", "c"] } });
  expect([...new Set(calls.map(({ target }) => target))].sort()).toEqual([...expected].sort());
  expect(calls.length - expected.length).toBeLessThanOrEqual(kills * width);
  const unsafe = calls.filter(({ target }) => !target.startsWith("GET "));
  for (const target of new Set(unsafe.map((call) => call.target))) {
    const same = unsafe.filter((call) => call.target === target);
    // One key for a logical call, and with it always the same words: time and chance are recorded.
    expect(new Set(same.map(({ key }) => key)).size).toBe(1);
    expect(same[0]?.key).toMatch(/^[\w-]{43}$/);
    expect(new Set(same.map(({ body }) => body)).size).toBe(1);
  }
  expect(new Set(unsafe.map(({ key }) => key)).size).toBe(new Set(unsafe.map(({ target }) => target)).size);
}

/** Killed at one boundary after another, each process a few further than the last, until one reaches the end. Returns the kills. */
export async function killAlong(engine: string, stride: number): Promise<number> {
  const run = await trial(engine);
  try {
    for (let kills = 0; ; kills += 1) {
      const ended = await run.start({ KILL_AT: String(1 + kills * stride) }).ended;
      if (ended.isKilled) continue;
      run.check(ended, kills);
      return kills;
    }
  } finally {
    await run.close();
  }
}

/** Killed at one boundary, and resumed. False when the run ended before it. */
export async function killAt(engine: string, boundary: number): Promise<boolean> {
  const run = await trial(engine);
  try {
    const first = await run.start({ KILL_AT: String(boundary) }).ended;
    const last = first.isKilled ? await run.start().ended : first;
    run.check(last, 1);
    return first.isKilled;
  } finally {
    await run.close();
  }
}

/** Killed while the server works on a request, several times. Returns the kills. */
export async function killAtRandom(engine: string, random: () => number, most: number): Promise<number> {
  const run = await trial(engine);
  run.server.delayMs = 2;
  try {
    for (let kills = 0; ;) {
      const { process: child, ended } = run.start();
      let left = 1 + Math.floor(random() * 6);
      run.server.onCall = () => {
        left -= 1;
        if (kills < most && left === 0) setTimeout(() => child.kill("SIGKILL"), random() * 4);
      };
      const end = await ended;
      if (!end.isKilled) {
        run.check(end, kills);
        return kills;
      }
      kills += 1;
    }
  } finally {
    await run.close();
  }
}
