import { journalFile } from "./journal-file.ts";
import { localEngine, type LocalEngine } from "./local-engine.ts";

interface Shared {
  readonly engine: LocalEngine;
  borrowers: number;
}

const shared = new Map<string, Shared>();

/** The engine of a journal for as long as runs of this process use it; the last one closes it. @throws JournalError */
export function borrowEngine(journal: string | undefined): { readonly engine: LocalEngine; readonly giveBack: () => Promise<void> } {
  const file = journalFile(journal, process.env, process.cwd());
  const known = shared.get(file) ?? { engine: localEngine({ journal: file }), borrowers: 0 };
  shared.set(file, known);
  known.borrowers += 1;
  const giveBack = async (): Promise<void> => {
    known.borrowers -= 1;
    if (known.borrowers > 0) return;
    shared.delete(file);
    await known.engine.prune().catch(() => undefined);
    await known.engine.close();
  };
  return { engine: known.engine, giveBack };
}
