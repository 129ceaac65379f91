import type { DatabaseSync } from "node:sqlite";
import { asJournalError } from "./journal-fault.ts";
import { prepareFile } from "./journal-file.ts";
import { loadSqlite } from "./load-sqlite.ts";
import { migrate } from "./schema.ts";

/** How long SQLite itself waits for a lock; the whole process stands still meanwhile. */
const lockWaitMs = 1000;

/** Opens the journal, makes it where there is none. @throws JournalError */
export function openJournal(file: string): DatabaseSync {
  prepareFile(file);
  let db: DatabaseSync | undefined;
  try {
    const { DatabaseSync } = loadSqlite();
    db = new DatabaseSync(file, { timeout: lockWaitMs });
    migrate(db, file);
    // What was committed survives a loss of power, not only of the process (https://sqlite.org/pragma.html#pragma_synchronous).
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
    return db;
  } catch (error) {
    if (db?.isOpen === true) db.close();
    throw asJournalError(file, error);
  }
}
