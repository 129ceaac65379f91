import { FlowError, type Engine, type RunSummary } from "../../flow/index.ts";
import type { DeployFile } from "../file/deploy-file.ts";
import { digestOf } from "../plan/digest.ts";

/** What a recorded deploy is started with: plain JSON, credentials as references only. */
export interface DeployInput {
  readonly file: DeployFile;
  /** Instead of `cluster.context` of the file. */
  readonly context?: string;
}

/** The name of the flow, as the journal lists it. */
export const deployFlowName = "deploy";

/** An engine, and what it can tell of a run where it can: the local one does. */
export type DeployEngine = Engine & { find?(runId: string): RunSummary | undefined };

/**
 * The input to start the run with: what was recorded under its id, where that is the same deploy. Under which path the file was given, and
 * from which directory, makes no other deploy of it.
 *
 * @param run its id, and the line that goes on with it
 * @throws FlowError ERR_RUN_ID when a deploy of that id was begun with another content
 */
export function inputOfRun(
  engine: DeployEngine,
  { runId, goOn }: { readonly runId: string; readonly goOn: string },
  input: DeployInput,
): DeployInput {
  const known = engine.find?.(runId);
  if (known === undefined || known.flow !== deployFlowName || known.isPruned) return input;
  const before = known.input as DeployInput;
  const differences = differencesOf(before, input);
  if (differences.length === 0) return before;
  throw new FlowError({
    code: "ERR_RUN_ID",
    message: `Run ${runId} was begun with another deploy than ${input.file.path} holds now: ${differences.join(", ")} ${differences.length === 1 ? "differs" : "differ"}`,
    hint: `The deploy as it was begun: ${goOn}. The one that the file holds now: give another --id, or none.`,
    runId,
  });
}

/** The names of what is not the same. */
function differencesOf(before: DeployInput, now: DeployInput): readonly string[] {
  const [left, right] = [contentOf(before), contentOf(now)];
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return names.filter((name) => digestOf(left[name]) !== digestOf(right[name]));
}

function contentOf({ file, context }: DeployInput): Readonly<Record<string, unknown>> {
  const { path: _path, directory: _directory, ...content } = file;
  return { ...content, "--context": context };
}
