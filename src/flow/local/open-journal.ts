import { existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { asJournalError, missing } from "./journal-fault.ts";
import { inMemory, prepareFile } from "./journal-file.ts";
import { loadSqlite } from "./load-sqlite.ts";
import { migrate } from "./schema.ts";

/** How long SQLite itself waits for a lock, once the journal is open: the whole process stands still meanwhile. */
const lockWaitMs = 20;

export interface OpenOptions {
  /** How long a lock is waited for. */
  readonly lockTimeoutMs: number;
  /** Makes the file where there is none. */
  readonly create: boolean;
}

/** Opens the journal. @throws JournalError */
export function openJournal(file: string, { lockTimeoutMs, create }: OpenOptions): DatabaseSync {
  if (file !== inMemory) {
    if (!create && !existsSync(file)) throw missing(file);
    if (create) prepareFile(file);
  }
  let db: DatabaseSync | undefined;
  try {
    const { DatabaseSync } = loadSqlite();
    db = new DatabaseSync(file, { timeout: lockTimeoutMs });
    migrate(db, file);
    // What was committed survives a loss of power, not only of the process (https://sqlite.org/pragma.html#pragma_synchronous).
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    db.exec(`PRAGMA busy_timeout = ${lockWaitMs}`);
    return db;
  } catch (error) {
    if (db?.isOpen === true) db.close();
    throw asJournalError(file, error);
  }
}
