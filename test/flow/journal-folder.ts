import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A journal's file in a folder of its own, removed after the test. */
export async function journalPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "errand-flow-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "runs.db");
}
