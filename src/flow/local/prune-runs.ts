import type { DatabaseSync } from "node:sqlite";

export interface PruneLimits {
  /** Runs that ended before this time, in milliseconds since the epoch. */
  readonly endedBefore: number;
  /** How many of the latest ended runs are kept, whatever their age. */
  readonly keep: number;
  /** At most so many at once: a transaction holds up everybody else. */
  readonly batch: number;
}

/**
 * Takes away what ended runs and those they called have recorded. Their ids stay, as tombstones: none can come to mean another run.
 * Returns how many it were.
 */
export function pruneRuns(db: DatabaseSync, { endedBefore, keep, batch }: PruneLimits): number {
  const found = db
    .prepare(
      `SELECT id FROM run WHERE parent IS NULL AND pruned = 0 AND ended_at IS NOT NULL AND
        (ended_at < ? OR ended_at < (SELECT ended_at FROM run WHERE parent IS NULL AND pruned = 0 AND ended_at IS NOT NULL
          ORDER BY ended_at DESC LIMIT 1 OFFSET ?))
       ORDER BY ended_at LIMIT ?`,
    )
    .all(endedBefore, Math.max(0, keep - 1), batch);
  // The runs that one called have its id, a slash and more; "0" follows on "/".
  const family = "(id = ? OR (parent IS NOT NULL AND id >= ? AND id < ?))";
  const steps = db.prepare(`DELETE FROM step WHERE run IN (SELECT n FROM run WHERE ${family})`);
  const signals = db.prepare(`DELETE FROM signal WHERE run IN (SELECT n FROM run WHERE ${family})`);
  const runs = db.prepare(`UPDATE run SET pruned = 1, input = NULL, outcome = NULL WHERE ${family}`);
  for (const { id } of found) {
    const range = [String(id), `${id}/`, `${id}0`] as const;
    for (const statement of [steps, signals, runs]) statement.run(...range);
  }
  return found.length;
}
