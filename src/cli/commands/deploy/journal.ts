import { deployFlowName, type DeployInput } from "../../../deploy/index.ts";
import { nearest } from "../../../errors/index.ts";
import { journalFile, JournalError, localEngine, type LocalEngine, type RunSummary } from "../../../flow/index.ts";
import { filePath, type Io } from "../../io.ts";
import { renderAge } from "../../output/age.ts";
import { UsageError } from "../../usage-error.ts";
import type { DeployFlags } from "./flags.ts";

/** Opens the journal that the flags name, by default the project's. @throws JournalError that names `--no-journal` */
export function openJournal({ journal }: DeployFlags, io: Io): LocalEngine {
  const given = typeof journal === "string" ? filePath(io, journal) : undefined;
  try {
    return localEngine({ journal: journalFile(given, io.env, io.cwd) });
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
export function inputToResume(engine: LocalEngine, id: string, nowMs: number): DeployInput {
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

/** Whether nobody has to be asked: the run has ended, or the question was answered when it was begun. */
export function isDecided({ engine, id }: { readonly engine: LocalEngine | undefined; readonly id: string | undefined }): boolean {
  if (engine === undefined || id === undefined) return false;
  if (engine.find(id)?.endedAt !== undefined) return true;
  return engine.steps(id).some((step) => step.id === "confirm" && step.state === "done");
}
