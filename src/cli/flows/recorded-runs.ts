import { nearest } from "../../errors/index.ts";
import { localEngine, type LocalEngine, type LocalEngineOptions, type RunSummary, type StepSummary } from "../../flow/index.ts";
import type { Io } from "../io.ts";
import { UsageError } from "../usage-error.ts";
import { journalPath } from "./journal-path.ts";

export interface JournalFlags {
  readonly journal?: string;
}

/** Everything that a journal holds, however much. */
const all = Number.MAX_SAFE_INTEGER;

/** Looks at a journal that is there; looking makes none. @throws JournalError ERR_JOURNAL_MISSING */
export async function withJournal<T>(
  { journal, retention, keep }: JournalFlags & Pick<LocalEngineOptions, "retention" | "keep">,
  io: Pick<Io, "cwd" | "env">,
  work: (engine: LocalEngine) => Promise<T>,
): Promise<T> {
  const engine = localEngine({ retention, keep, journal: journalPath(io, journal), create: false });
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}

export function allRuns(engine: LocalEngine): readonly RunSummary[] {
  return engine.runs(all);
}

/** The run of an id, or of the beginning of one that no other has. @throws UsageError which names the nearest */
export function findRun(engine: LocalEngine, typed: string): RunSummary {
  const exact = engine.find(typed);
  if (exact !== undefined) return exact;
  const runs = allRuns(engine);
  const matching = typed === "" ? [] : runs.filter(({ id }) => id.startsWith(typed));
  const [only] = matching;
  if (only !== undefined && matching.length === 1) return only;
  if (only !== undefined)
    throw new UsageError(`${matching.length} runs begin with ${typed}`, { hint: listed(matching.map(({ id }) => id)) });
  const known = nearest(
    typed,
    runs.map(({ id }) => id),
  );
  throw new UsageError(`there is no run ${typed} in ${engine.file}`, {
    hint: `${known === undefined ? "" : `Did you mean ${known}? `}errand runs lists them.`,
  });
}

/** The signals that a run waits for. */
export function awaitedSignals({ endedAt }: RunSummary, steps: readonly StepSummary[]): readonly string[] {
  if (endedAt !== undefined) return [];
  return steps.filter(({ kind, state }) => kind === "signal" && state === "begun").map(({ id }) => id);
}

/** At most ten: a message is no list. */
function listed(ids: readonly string[]): string {
  return ids.length <= 10 ? ids.join(", ") : `${ids.slice(0, 10).join(", ")} and ${ids.length - 10} more`;
}
