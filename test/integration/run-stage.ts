import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { fakeServer, type FakeServer } from "../../src/playground/index.ts";
import { ErrandProcess, type Outcome } from "./errand-process.ts";

/** Flows import errand as users do; here it is the sources. */
const sources = new URL("../flow/conformance/sources.mjs", import.meta.url).href;

export interface RunStage {
  /** What the flows talk to: $API. */
  readonly server: FakeServer;
  readonly folder: string;
  start(...args: readonly string[]): ErrandProcess;
  errand(...args: readonly string[]): Promise<Outcome>;
}

/** A project of its own, with files, where errand is not installed. */
export async function openRunStage(files: Readonly<Record<string, string>> = {}): Promise<RunStage> {
  const server = await fakeServer();
  onTestFinished(() => server.close());
  const folder = await realpath(await mkdtemp(join(tmpdir(), "errand-run-")));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries({ "package.json": "{}", ...files })) await writeFile(join(folder, name), text);
  const env = { API: server.url, NODE_OPTIONS: `--import=${sources}` };
  const start = (...args: readonly string[]): ErrandProcess => new ErrandProcess(args, { cwd: folder, env });
  return { server, folder, start, errand: (...args) => start(...args).ended };
}
