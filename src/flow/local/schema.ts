import type { DatabaseSync } from "node:sqlite";
import { notAJournal, tooNew } from "./journal-fault.ts";

/** "errd": tells a journal from other databases (https://sqlite.org/pragma.html#pragma_application_id). */
const applicationId = 0x65727264;

/** Each brings a journal from the version of its index to the next. Never changed, only added to. */
const migrations: readonly string[] = [
  `
  CREATE TABLE owner (
    id TEXT PRIMARY KEY,
    -- Which process it is, where that can be told: see process-identity.ts.
    process TEXT,
    lease_until INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE run (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    flow TEXT NOT NULL,
    parent TEXT,
    input TEXT,
    input_digest TEXT NOT NULL,
    -- running, suspended, done, failed, cancelled
    status TEXT NOT NULL,
    -- The result or the error, as JSON; NULL is the result undefined.
    outcome TEXT,
    owner TEXT,
    -- Counts its owners: who holds an older number may write no more.
    fence INTEGER NOT NULL,
    -- 1: asked for; 2: given to a step.
    cancel INTEGER NOT NULL DEFAULT 0,
    begun_at INTEGER NOT NULL,
    ended_at INTEGER,
    -- A tombstone: the id stays taken, the rest is gone.
    pruned INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX run_ended ON run (ended_at) WHERE parent IS NULL AND pruned = 0;
  CREATE INDEX run_owner ON run (owner) WHERE owner IS NOT NULL;
  CREATE TABLE step (
    run INTEGER NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    -- JSON: the result, the error, or the intents.
    body TEXT,
    -- Counts the places of a run in the order of their first records.
    seq INTEGER NOT NULL,
    begun_at INTEGER NOT NULL,
    -- Of the record.
    at INTEGER NOT NULL,
    PRIMARY KEY (run, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE signal (
    run INTEGER NOT NULL,
    id TEXT NOT NULL,
    body TEXT,
    PRIMARY KEY (run, id)
  ) STRICT, WITHOUT ROWID;
  `,
];

/** Makes or brings up to date the tables. @throws JournalError for a file of another program, or of a newer errand */
export function migrate(db: DatabaseSync, file: string): void {
  if (isCurrent(db, file)) return;
  db.exec("BEGIN IMMEDIATE");
  try {
    // Another process may have done it while this one waited.
    if (!isCurrent(db, file)) {
      for (const sql of migrations.slice(pragma(db, "user_version"))) db.exec(sql);
      db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length}`);
    }
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

function isCurrent(db: DatabaseSync, file: string): boolean {
  const version = pragma(db, "user_version");
  const owner = pragma(db, "application_id");
  if (owner !== applicationId && (owner !== 0 || version !== 0 || hasTables(db))) throw notAJournal(file);
  if (version > migrations.length) throw tooNew(file, version, migrations.length);
  return version === migrations.length;
}

function hasTables(db: DatabaseSync): boolean {
  return db.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() !== undefined;
}

function pragma(db: DatabaseSync, name: "user_version" | "application_id"): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
}
