import type { RunSummary } from "../../flow/index.ts";

/** What the journal knows of a run; undefined where it knows nothing, or cannot be read: whoever starts the run is told why. */
export async function recordedRun(id: string, journal: string | undefined): Promise<RunSummary | undefined> {
  // SQLite is loaded only for runs that may have been begun before.
  const { localEngine, JournalError } = await import("../../flow/index.ts");
  try {
    const engine = localEngine({ journal, create: false });
    try {
      return engine.find(id);
    } finally {
      await engine.close();
    }
  } catch (error) {
    if (error instanceof JournalError) return undefined;
    throw error;
  }
}
