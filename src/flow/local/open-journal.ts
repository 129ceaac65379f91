import type { DatabaseSync } from "node:sqlite";
import { asJournalError } from "./journal-fault.ts";
import { prepareFile } from "./journal-file.ts";
import { loadSqlite } from "./load-sqlite.ts";
import { migrate } from "./schema.ts";

/** How long SQLite itself waits for a lock, once the journal is open: the whole process stands still meanwhile. */
const lockWaitMs = 20;

/** Opens the journal, makes it where there is none. Waits so long for a lock. @throws JournalError */
export function openJournal(file: string, lockTimeoutMs: number): DatabaseSync {
  prepareFile(file);
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
