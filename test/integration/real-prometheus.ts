import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

export interface RealPrometheusOptions {
  /** The URL of what is scraped, four times a second, at /metrics. */
  readonly target: string;
  /** Where the API stands, as behind a proxy: `/prometheus`. @default none */
  readonly prefix?: string;
}

/** Debian's Prometheus, scraping one target, with its data in a directory of its own. */
export interface RealPrometheus {
  /** With the prefix. */
  readonly url: string;
  /** Waits, up to 30 s, until the expression gives a value. */
  seen(expression: string): Promise<void>;
  /** Ends it as a crash does: nobody listens any more. */
  kill(): Promise<void>;
  /** Ends it and removes its data. */
  close(): Promise<void>;
}

const waitMs = 30_000;

/** Starts it, and waits until it is ready. Rejects when it is not installed, with what to install. */
export async function startRealPrometheus({ target, prefix = "" }: RealPrometheusOptions): Promise<RealPrometheus> {
  const directory = await mkdtemp(join(tmpdir(), "errand-prometheus-"));
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  const { child, origin } = await startOn(directory, { target, prefix }).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  const url = origin + prefix;
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  };
  return {
    url,
    seen: (expression) => waitFor(`${url}/api/v1/query?${new URLSearchParams({ query: expression })}`, (text) => text.includes('"value"')),
    kill,
    async close() {
      await kill();
      await remove();
    },
  };
}

interface Started {
  readonly child: ChildProcess;
  readonly origin: string;
}

/** It cannot be told to let the kernel choose a port and then say which: where somebody else was quicker, the next one is tried. */
async function startOn(directory: string, options: Required<RealPrometheusOptions>): Promise<Started> {
  const { target, prefix } = options;
  const scrape = {
    job_name: "target",
    scrape_interval: "250ms",
    scrape_timeout: "250ms",
    static_configs: [{ targets: [new URL(target).host] }],
  };
  const config = join(directory, "prometheus.yml");
  await writeFile(config, JSON.stringify({ scrape_configs: [scrape] }));
  let problem: unknown;
  for (let tries = 0; tries < 3; tries += 1) {
    const origin = `http://127.0.0.1:${await freePort()}`;
    const flags = [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(directory, "data")}`,
      `--web.listen-address=${new URL(origin).host}`,
      "--log.level=error",
    ];
    const child = spawn("prometheus", prefix === "" ? flags : [...flags, `--web.route-prefix=${prefix}`], { stdio: "ignore" });
    try {
      await Promise.race([failure(child), waitFor(`${origin}${prefix}/-/ready`, (text) => text.includes("Ready"))]);
      return { child, origin };
    } catch (error) {
      child.kill("SIGKILL");
      if (isMissing(error)) throw new Error("this test needs Prometheus itself: apt-get install prometheus", { cause: error });
      problem = error;
    }
  }
  throw new Error(`Prometheus did not start: ${String(problem)}`);
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

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function waitFor(url: string, isThere: (text: string) => boolean): Promise<void> {
  const end = performance.now() + waitMs;
  let last = "no answer yet";
  while (performance.now() < end) {
    try {
      last = await (await fetch(url)).text();
      if (isThere(last)) return;
    } catch (error) {
      last = String(error);
    }
    await delay(50);
  }
  throw new Error(`${url} did not answer as wanted within ${waitMs / 1000} s: ${last}`);
}
