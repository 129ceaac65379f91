import { InvalidRequestError } from "../../errors/index.ts";
import { systemClock, type DeployClock } from "../clock.ts";
import type { Ended } from "../conduct/ended.ts";
import { howToLook, howToRollBack } from "../conduct/how-to-look.ts";
import { connectServices } from "../connect-services.ts";
import type { DeployContext } from "../context.ts";
import type { Confirm } from "../conduct/conduct.ts";
import type { DeployEvent } from "../events.ts";
import type { ClusterSelection, DeployFile, DeployTarget } from "../file/deploy-file.ts";
import { openLease } from "../lease/open-lease.ts";
import { runSteps } from "../recorded/run-steps.ts";
import type { DeployResult } from "../result.ts";
import { RunRecord, type Phase } from "../run-record.ts";
import type { DeployServices } from "../services.ts";
import { conductRollback } from "./conduct-rollback.ts";
import { recordedRun, rollbackRunId, type RecordedRun } from "./recorded-run.ts";

/** How a run is rolled back. */
export interface RollBackOptions {
  /** Names cluster and target when the journal does not know the run. */
  readonly file?: DeployFile;
  /** The journal's file, where the run is looked for and the rollback is recorded. @default `$ERRAND_HOME/runs.db`, else `.errand/runs.db` of the project */
  readonly journal?: string;
  /** Instead of the context that the run, or the file, names. */
  readonly context?: string;
  /** Suspends the rollback; it then ends with the verdict `suspended`. */
  readonly signal?: AbortSignal;
  /** Sees everything that happens, in order. */
  readonly onEvent?: (event: DeployEvent) => void;
  /** @default goes on without asking */
  readonly confirm?: Confirm;
  /**
   * What it talks to, for tests. @default made from the file, and closed at the end
   *
   * @internal
   */
  readonly services?: DeployServices;
  /** @internal */
  readonly clock?: DeployClock;
}

/**
 * Takes back, by hand and later, what a deploy changed: only while the live template is the one that run wrote. Watched like a rollout, and
 * a durable run of its own (`RUN.rollback`): called again after an interruption it goes on.
 *
 * The verdict is `done`, `nothingToDo` (it is rolled back already, or changed nothing), `blocked` (nothing was changed), `notRecovered`,
 * `needsPerson` or `suspended`.
 *
 * @example
 * const result = await rollBackRun("release-7");
 * process.exitCode = result.exitCode;
 * @throws InvalidRequestError when neither journal nor file tell of the run; ConfigError when the kubeconfig cannot be used; JournalError
 */
export async function rollBackRun(runId: string, options: RollBackOptions = {}): Promise<DeployResult> {
  const { known, id, journal } = await lookUp(runId, options.journal);
  const file = fileOf(runId, known, { given: options.file, journal });
  const context = options.context ?? known?.context;
  const services = options.services ?? connectServices(file, context === undefined ? {} : { context });
  try {
    return await carryOut({ runId, id, file, context, known, services }, options);
  } finally {
    if (options.services === undefined) await services.close();
  }
}

interface Found {
  readonly known: RecordedRun | undefined;
  /** Of the rollback. */
  readonly id: string;
  readonly journal: string;
}

/** What the journal knows; one that does not exist knows nothing, and is not made for asking. */
async function lookUp(runId: string, journal: string | undefined): Promise<Found> {
  const { JournalError, localEngine } = await import("../../flow/index.ts");
  try {
    const engine = localEngine({ ...(journal === undefined ? {} : { journal }), create: false });
    try {
      return { known: recordedRun(engine, runId), id: rollbackRunId(engine, runId), journal: engine.file };
    } finally {
      await engine.close();
    }
  } catch (error) {
    if (!(error instanceof JournalError) || error.code !== "ERR_JOURNAL_MISSING") throw error;
    return { known: undefined, id: `${runId}.rollback`, journal: error.file };
  }
}

function fileOf(
  runId: string,
  known: RecordedRun | undefined,
  { given, journal }: { readonly given: DeployFile | undefined; readonly journal: string },
): DeployFile {
  const file = known?.file ?? given;
  if (file === undefined) {
    throw new InvalidRequestError({
      code: "ERR_INVALID_OPTION",
      message: `the journal ${journal} does not know the run ${runId}`,
      hint: "Name the deploy file too, which says where its Deployment is, or the journal that has the run.",
    });
  }
  const isSame = given === undefined || JSON.stringify(given.target) === JSON.stringify(file.target);
  if (isSame) return file;
  throw new InvalidRequestError({
    code: "ERR_INVALID_OPTION",
    message: `the run ${runId} deployed ${file.target.namespace}/${file.target.deployment}, the file ${given.path} names another target`,
    hint: "Leave the file out: the journal knows what the run changed.",
  });
}

interface Order {
  readonly runId: string;
  /** Of the rollback. */
  readonly id: string;
  readonly file: DeployFile;
  readonly context: string | undefined;
  readonly known: RecordedRun | undefined;
  readonly services: DeployServices;
}

/** What the rollback is about: the same id never means another Deployment. */
interface RollbackInput {
  readonly run: string;
  readonly cluster: ClusterSelection;
  readonly context: string | undefined;
  readonly target: DeployTarget;
}

async function carryOut(order: Order, options: RollBackOptions): Promise<DeployResult> {
  const { runId, id, file, context: contextName, known, services } = order;
  const { clock = systemClock, signal, confirm, journal } = options;
  const { flow, journalFile } = await import("../../flow/index.ts");
  const isDefault = journal === undefined || journal === journalFile(undefined, process.env, process.cwd());
  const emit: DeployContext["emit"] = (event) => options.onEvent?.({ atMs: clock.now(), ...event });
  // Its requests are made outside of the run, so that they are no step's.
  const lease = openLease({ file, services, runId: id, clock, emit, ...(known?.isSuspended === true ? { heirOf: runId } : {}) });
  let record: RunRecord | undefined;
  const rollback = flow<RollbackInput, DeployResult>("rollback", async (run) => {
    const steps = runSteps(run, { live: () => {}, replayed: () => {} });
    const context: DeployContext = { file, services, steps, clock, lease, emit };
    record = new RunRecord(context);
    record.startedAtMs = await steps.now();
    return record.result(await conductRollback(context, record, { runId, recorded: known, confirm }));
  });
  emit({
    type: "started",
    runId: id,
    file: file.path,
    cluster: services.cluster.name,
    target: file.target,
    isRecorded: true,
    undoes: runId,
  });
  let result: DeployResult;
  try {
    const input = { run: runId, cluster: file.cluster, context: contextName, target: file.target };
    result = await rollback.start(input, {
      id,
      ...(journal === undefined ? {} : { journal }),
      ...(signal === undefined ? {} : { signal }),
    });
    await lease.release();
  } catch (error) {
    if (signal?.aborted !== true || record === undefined) throw error;
    result = record.result(suspended(record.phase, order, isDefault ? undefined : journal));
  } finally {
    lease.stop();
  }
  emit({ type: "ended", result });
  return result;
}

function suspended(phase: Phase, { runId, file, known }: Order, journal: string | undefined): Ended {
  const line = howToRollBack(runId, { path: known === undefined ? file.path : undefined, journal });
  const goOn = `Go on: ${line}. Look: ${howToLook(file.target)}`;
  if (phase === "writingBack")
    return { verdict: "suspended", reason: "interrupted while the rollback was being written", next: `It may have been stored. ${goOn}` };
  if (phase === "rollingBack")
    return { verdict: "suspended", reason: "interrupted during the rollback", next: `The cluster goes on rolling back. ${goOn}` };
  return { verdict: "suspended", reason: "interrupted before any change", next: "Nothing was changed." };
}
