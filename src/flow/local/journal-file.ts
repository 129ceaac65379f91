import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { asJournalError } from "./journal-fault.ts";

/** SQLite's name for a database that ends with its connection (https://sqlite.org/inmemorydb.html). */
export const inMemory = ":memory:";

/**
 * Where the journal is: as given, else `$ERRAND_HOME/runs.db`, else `.errand/runs.db` of the project: the nearest directory upwards that has
 * an `.errand`, a `.git` or a `package.json`, else the working directory.
 */
export function journalFile(given: string | undefined, environment: NodeJS.ProcessEnv, workingDirectory: string): string {
  if (given === inMemory) return given;
  if (given !== undefined) return resolve(workingDirectory, given);
  const home = environment["ERRAND_HOME"];
  if (home !== undefined && home !== "") return resolve(workingDirectory, home, "runs.db");
  return join(projectDirectory(workingDirectory), ".errand", "runs.db");
}

function projectDirectory(start: string): string {
  for (let directory = start; ; directory = dirname(directory)) {
    if ([".errand", ".git", "package.json"].some((name) => existsSync(join(directory, name)))) return directory;
    if (directory === dirname(directory)) return start;
  }
}

/** Makes the file and its directory, for their owner alone: results may be confidential. @throws JournalError */
export function prepareFile(file: string): void {
  const directory = dirname(file);
  try {
    const isNew = !existsSync(directory);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    // A directory of ours is of no use to version control.
    if (isNew && directory.endsWith(".errand")) writeFileSync(join(directory, ".gitignore"), "*\n", { flag: "wx" });
    // SQLite gives its -wal and -shm files the mode of the file.
    closeSync(openSync(file, "a", 0o600));
    const { mode, uid } = statSync(file);
    if ((mode & 0o077) !== 0 && uid === process.getuid?.()) chmodSync(file, 0o600);
  } catch (error) {
    throw asJournalError(file, error);
  }
}
