import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { loadSqlite } from "../../src/flow/local/load-sqlite.ts";

/** A folder of its own, removed after the test. */
export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "errand-journal-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A journal's file in a folder of its own, removed after the test. */
export async function journalPath(): Promise<string> {
  return join(await folder(), "runs.db");
}

/** The database as SQLite sees it, closed after the test. */
export function openDatabase(file: string): InstanceType<ReturnType<typeof loadSqlite>["DatabaseSync"]> {
  const db = new (loadSqlite().DatabaseSync)(file);
  onTestFinished(() => (db.isOpen ? db.close() : undefined));
  return db;
}
