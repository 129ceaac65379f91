import type * as Sqlite from "node:sqlite";

/**
 * Node's own SQLite, without its ExperimentalWarning: what errand uses of it is covered by errand's tests on each version of Node. Other
 * warnings, and that of a program which loads the module itself, are shown.
 *
 * Loaded synchronously: nothing else can run, and warn, in between.
 */
export function loadSqlite(): typeof Sqlite {
  const emitWarning: unknown = Reflect.get(process, "emitWarning");
  Reflect.set(process, "emitWarning", (...warning: unknown[]): void => {
    if (isAboutSqlite(warning)) return;
    if (typeof emitWarning === "function") Reflect.apply(emitWarning, process, warning);
  });
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    Reflect.set(process, "emitWarning", emitWarning);
  }
}

function isAboutSqlite([message, type]: readonly unknown[]): boolean {
  return type === "ExperimentalWarning" && typeof message === "string" && /^SQLite\b/.test(message);
}
