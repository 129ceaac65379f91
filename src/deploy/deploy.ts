import { AsyncResource } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import { InvalidRequestError } from "../errors/index.ts";
import { systemClock, type DeployClock } from "./clock.ts";
import { conduct, type Confirm } from "./conduct/conduct.ts";
import { howToGoOn, howToRollBack } from "./conduct/how-to-look.ts";
import { suspended } from "./conduct/suspended.ts";
import { connectServices } from "./connect-services.ts";
import type { DeployContext } from "./context.ts";
import type { DeployEvent } from "./events.ts";
import type { DeployFile } from "./file/deploy-file.ts";
import type { DeployEngine } from "./recorded/deploy-input.ts";
import { RecordedDeploy } from "./recorded/recorded-deploy.ts";
import type { DeployResult } from "./result.ts";
import { openLease } from "./lease/open-lease.ts";
import { RunRecord } from "./run-record.ts";
import type { DeployServices } from "./services.ts";
import { plainSteps, type DeploySteps } from "./steps.ts";

/** How a deploy file is run. */
export interface DeployOptions {
  /**
   * The run's id, written on the Deployment: a deploy of the same id finds its own change there and goes on with it.
   *
   * @default a new UUID
   */
  readonly id?: string;
  /**
   * Records the run: one of the same id goes on after the step that was done last, waits for the process that has it, or gives the recorded
   * result. `localEngine()` of errand/flow is this machine's journal. Plans are not recorded.
   *
   * @default nothing is recorded
   */
  readonly engine?: DeployEngine;
  /** With `engine`: a run that failed by an error, which is not a verdict, goes on. @default false */
  readonly again?: boolean;
  /** Sees everything that happens, in order. */
  readonly onEvent?: (event: DeployEvent) => void;
  /** Suspends the deploy; it then ends with the verdict `suspended`. */
  readonly signal?: AbortSignal;
  /** How effects are made and remembered, where no `engine` does it. @default they just run */
  readonly steps?: DeploySteps;
  /** @default goes on without asking */
  readonly confirm?: Confirm;
  /** Looks, asks the server with `dryRun=All`, and changes nothing. @default false */
  readonly planOnly?: boolean;
  /** Instead of `cluster.context` of the file. */
  readonly context?: string;
  /**
   * What it talks to, for tests. @default made from the file, and closed at the end
   *
   * @internal
   */
  readonly services?: DeployServices;
  /** @internal */
  readonly clock?: DeployClock;
  /**
   * The journal's file, where the line that resumes the run has to name it.
   *
   * @internal
   */
  readonly journal?: string;
}

/**
 * Carries out a deploy file: preflight, checks, one patch, the watched rollout, checks again, rollback where needed, notifications.
 *
 * Everything that a cluster, a server or a check can do ends in a verdict, not in an exception.
 *
 * @example
 * const result = await deploy(await loadDeployFile("deploy.yaml"), { onEvent: (event) => console.log(event.type) });
 * process.exitCode = result.exitCode;
 * @throws ConfigError when the kubeconfig or a certificate that the file names cannot be used; with `engine` also FlowError, JournalError
 */
export async function deploy(file: DeployFile, options: DeployOptions = {}): Promise<DeployResult> {
  if (options.engine !== undefined && options.steps !== undefined)
    throw new InvalidRequestError({
      code: "ERR_INVALID_OPTION",
      message: "engine and steps cannot be given together: both remember the steps",
    });
  const services = options.services ?? connectServices(file, { context: options.context });
  try {
    return await run(file, services, options);
  } finally {
    if (options.services === undefined) await services.close();
  }
}

async function run(file: DeployFile, services: DeployServices, options: DeployOptions): Promise<DeployResult> {
  const { clock = systemClock, signal = new AbortController().signal, onEvent, engine, planOnly = false } = options;
  const id = options.steps?.runId ?? options.id ?? randomUUID();
  // Whoever listens may send requests of its own: they are no part of the run.
  const listen = onEvent === undefined ? undefined : AsyncResource.bind(onEvent);
  let isOver = false;
  const emit: DeployContext["emit"] = (event) => {
    if (!isOver) listen?.({ atMs: clock.now(), ...event });
  };
  const lease = openLease({ file, services, runId: id, clock, emit });
  const frame = { file, services, clock, lease, emit, signal, id };
  let result: DeployResult;
  try {
    result =
      engine === undefined || planOnly
        ? await runPlainly({ ...frame, options })
        : await new RecordedDeploy({ ...frame, ...recording(options, engine) }).run();
    // When it is interrupted, the lease stays until it expires, or the same run goes on.
    if (result.verdict !== "suspended") await lease.release();
  } finally {
    lease.stop();
  }
  emit({ type: "ended", result });
  // A step that did not heed the signal may still have something to say.
  isOver = true;
  return result;
}

function recording({ context, confirm, again = false, journal }: DeployOptions, engine: DeployEngine) {
  return { engine, clusterContext: context, confirm, again, journal };
}

interface PlainRun extends Omit<DeployContext, "steps"> {
  readonly id: string;
  readonly signal: AbortSignal;
  readonly options: DeployOptions;
}

async function runPlainly({ id: runId, signal, options, ...frame }: PlainRun): Promise<DeployResult> {
  const { file, services, clock, emit } = frame;
  const steps = options.steps ?? plainSteps({ runId, signal, now: () => clock.now() });
  const context: DeployContext = { ...frame, steps };
  const record = new RunRecord(context);
  emit({ type: "started", runId, file: file.path, cluster: services.cluster.name, target: file.target, isRecorded: false });
  try {
    return await conduct(context, record, options);
  } catch (error) {
    if (!signal.aborted) throw error;
    // Interrupted while telling: how it came out stands all the same.
    const goBack = howToRollBack(runId, { path: file.path, journal: undefined });
    const left = { target: file.target, goOn: howToGoOn(file, runId), goBack, isRecorded: false };
    return record.result(record.ended ?? suspended(record.phase, left));
  }
}
