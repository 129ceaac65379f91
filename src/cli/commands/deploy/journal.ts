import { deployFlowName, type DeployEngine, type DeployInput } from "../../../deploy/index.ts";
import { nearest } from "../../../errors/index.ts";
import { JournalError, localEngine, type Begun, type LocalEngine, type RunRequest, type RunSummary } from "../../../flow/index.ts";
import { journalPath } from "../../flows/journal-path.ts";
import type { Io } from "../../io.ts";
import { renderAge } from "../../output/age.ts";
import { UsageError } from "../../usage-error.ts";
import type { DeployFlags } from "./flags.ts";

/**
 * The journal that the flags name, by default the project's. Opened when it is first asked for something: a deploy that cannot even begin
 * leaves no file behind.
 */
export class Journal implements DeployEngine {
  readonly #open: () => LocalEngine;
  #engine: LocalEngine | undefined;

  constructor(flags: DeployFlags, io: Io) {
    this.#open = () => openJournal(flags, io);
  }

  /** @throws JournalError that names `--no-journal` */
  get engine(): LocalEngine {
    this.#engine ??= this.#open();
    return this.#engine;
  }

  async begin(request: RunRequest): Promise<Begun> {
    return this.engine.begin(request);
  }

  changed(id: string, signal: AbortSignal | undefined): Promise<void> {
    return this.engine.changed(id, signal);
  }

  find(runId: string): RunSummary | undefined {
    return this.engine.find(runId);
  }

  /** Whether nobody has to be asked: the run has ended, or the question was answered when it was begun. */
  isDecided(runId: string): boolean {
    if (this.find(runId)?.endedAt !== undefined) return true;
    return this.engine.steps(runId).some(({ id, state }) => id === "confirm" && state === "done");
  }

  async close(): Promise<void> {
    // Tidying up is no reason to fail: the deploy has ended.
    await this.#engine?.prune().catch(() => undefined);
    await this.#engine?.close();
  }
}

function openJournal({ journal }: DeployFlags, io: Io): LocalEngine {
  try {
    return localEngine({ journal: journalPath(io, typeof journal === "string" ? journal : undefined) });
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    const { code, message, hint, file } = error;
    const without = "To deploy without a record of it: --no-journal.";
    throw new JournalError({
      code,
      message,
      file,
      cause: error,
      hint: hint === undefined ? without : `${hint.replace(/\.$/, "")}. ${without}`,
    });
  }
}

/** What the run of `--resume` was started with. @throws UsageError that lists the runs there are */
export function inputToResume({ engine }: Journal, id: string, nowMs: number): DeployInput {
  const known = engine.find(id);
  if (known?.flow === deployFlowName && !known.isPruned) return known.input as DeployInput;
  throw new UsageError(noSuchRun(engine, id, known), { hint: whatThereIs(engine, id, nowMs) });
}

function noSuchRun({ file }: LocalEngine, id: string, known: RunSummary | undefined): string {
  if (known === undefined) return `there is no run ${id} in ${file}`;
  if (known.isPruned) return `the run ${id} has ended, and its result is no longer kept`;
  return `the run ${id} is no deploy, but one of the flow ${known.flow}`;
}

function whatThereIs(engine: LocalEngine, id: string, nowMs: number): string {
  const deploys = engine.runs(200).filter(({ flow }) => flow === deployFlowName);
  if (deploys.length === 0) return "No deploy is recorded there. Another journal: --journal FILE.";
  const near = nearest(
    id,
    deploys.map((run) => run.id),
  );
  // Those that can be resumed first; sort keeps the latest in front among equals.
  const latest = [...deploys].sort((a, b) => Number(b.endedAt === undefined) - Number(a.endedAt === undefined)).slice(0, 3);
  const list = latest.map((run) => `${run.id} (${run.status}, begun ${renderAge(nowMs - run.begunAt.getTime())} ago)`).join(", ");
  return `${near === undefined ? "" : `Did you mean ${near}? `}Deploys there: ${list}.`;
}
