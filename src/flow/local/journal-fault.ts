import type { ErrorCode } from "../../errors/index.ts";
import { JournalError } from "../flow-error.ts";

interface Fault {
  readonly code: ErrorCode;
  readonly problem: string;
  readonly hint: string;
}

const elsewhere = "or give another file: the journal option, or $ERRAND_HOME";
const full: Fault = {
  code: "ERR_JOURNAL_FULL",
  problem: "has no room left",
  hint: "Make room on its disk, then start the run again with the same id: what was recorded is there.",
};
const readOnly: Fault = { code: "ERR_JOURNAL_READ_ONLY", problem: "cannot be written", hint: `Change its permissions, ${elsewhere}.` };
const corrupt: Fault = {
  code: "ERR_JOURNAL_CORRUPT",
  problem: "is damaged, or is no journal",
  hint: "It was left as it is. Move it away with its -wal and -shm files and keep it: `sqlite3 FILE .recover` often reads the rest.",
};
const locked: Fault = {
  code: "ERR_JOURNAL_LOCKED",
  problem: "is held by another program",
  hint: "Find out which, e.g. a backup or an open sqlite3 shell; then start the run again with the same id.",
};
const other: Fault = { code: "ERR_JOURNAL", problem: "cannot be used", hint: `See error.cause, ${elsewhere}.` };

/** SQLite's primary result codes (https://sqlite.org/rescode.html). */
const faultOf: Readonly<Record<number, Fault>> = { 5: locked, 6: locked, 8: readOnly, 11: corrupt, 13: full, 26: corrupt };
const systemFaultOf: Readonly<Record<string, Fault>> = {
  EACCES: readOnly,
  EPERM: readOnly,
  EROFS: readOnly,
  ENOSPC: full,
  EDQUOT: full,
};

/** What went wrong with the file, in words. Errors that are none of SQLite's or the system's pass as they are. */
export function asJournalError(file: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const sqlite = sqliteCode(error);
  const system = "syscall" in error && "code" in error ? String(error.code) : undefined;
  if (sqlite === undefined && system === undefined) return error;
  const fault = (sqlite === undefined ? systemFaultOf[system ?? ""] : faultOf[sqlite]) ?? other;
  return faultError(file, fault, error);
}

/** SQLite's primary result code; undefined for other errors. */
export function sqliteCode(error: unknown): number | undefined {
  // The low byte; the others say more about it.
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}

/** The file belongs to another program. */
export function notAJournal(file: string): JournalError {
  return faultError(file, corrupt, undefined);
}

/** There is no such file, and none was to be made. */
export function missing(file: string): JournalError {
  return new JournalError({
    code: "ERR_JOURNAL_MISSING",
    message: `There is no journal ${file}`,
    hint: "It is made by the first run. Another one: the journal option, --journal FILE, or $ERRAND_HOME.",
    file,
  });
}

export function tooNew(file: string, version: number, known: number): JournalError {
  return new JournalError({
    code: "ERR_JOURNAL_TOO_NEW",
    message: `The journal ${file} was written by a newer errand: its version is ${version}, this one knows ${known}`,
    hint: `Update errand, ${elsewhere}.`,
    file,
  });
}

function faultError(file: string, { code, problem, hint }: Fault, cause: Error | undefined): JournalError {
  const words = cause === undefined ? "" : ` (${cause.message})`;
  return new JournalError({ code, message: `The journal ${file} ${problem}${words}`, hint, cause, file });
}
