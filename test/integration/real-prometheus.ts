import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startDebianServer } from "./debian-server.ts";

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
  const scrape = {
    job_name: "target",
    scrape_interval: "250ms",
    scrape_timeout: "250ms",
    static_configs: [{ targets: [new URL(target).host] }],
  };
  const server = await startDebianServer({
    command: "prometheus",
    package: "prometheus",
    // Its data is thrown away: it need not be written to the end.
    stopSignal: "SIGKILL",
    async configure(directory, port) {
      const config = join(directory, "prometheus.yml");
      await writeFile(config, JSON.stringify({ scrape_configs: [scrape] }));
      return [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(directory, "data")}`,
        `--web.listen-address=127.0.0.1:${port}`,
        "--log.level=error",
        ...(prefix === "" ? [] : [`--web.route-prefix=${prefix}`]),
      ];
    },
    ready: (port) => waitFor(`http://127.0.0.1:${port}${prefix}/-/ready`, (text) => text.includes("Ready")),
  });
  const url = `http://${server.host}${prefix}`;
  return {
    url,
    seen: (expression) => waitFor(`${url}/api/v1/query?${new URLSearchParams({ query: expression })}`, (text) => text.includes('"value"')),
    kill: () => server.stop("SIGKILL"),
    close: () => server.close(),
  };
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
