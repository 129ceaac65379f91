import { flow, FlowError, type Begun, type Engine, type Flow } from "../../flow/index.ts";
import type { DeployClock } from "../clock.ts";
import { conduct, type Confirm } from "../conduct/conduct.ts";
import { howToResume, howToRollBack } from "../conduct/how-to-look.ts";
import { suspended, type LeftBehind } from "../conduct/suspended.ts";
import type { DeployContext } from "../context.ts";
import type { NewDeployEvent } from "../events.ts";
import type { DeployFile } from "../file/deploy-file.ts";
import type { TargetLease } from "../lease/target-lease.ts";
import type { DeployResult } from "../result.ts";
import { RunRecord } from "../run-record.ts";
import type { DeployServices } from "../services.ts";
import { plainSteps } from "../steps.ts";
import { deployFlowName, inputOfRun, type DeployEngine, type DeployInput } from "./deploy-input.ts";
import { Retelling } from "./retelling.ts";
import { runSteps } from "./run-steps.ts";
import { stoppedBy } from "./stopped-by.ts";

export interface RecordedDeployInit {
  readonly file: DeployFile;
  readonly services: DeployServices;
  readonly engine: DeployEngine;
  readonly clock: DeployClock;
  readonly emit: (event: NewDeployEvent) => void;
  readonly id: string;
  readonly lease: TargetLease;
  readonly signal: AbortSignal;
  readonly clusterContext: string | undefined;
  readonly confirm: Confirm | undefined;
  readonly again: boolean;
  /** Not the project's own journal. */
  readonly journal: string | undefined;
}

/** One start of a recorded deploy: begins it, goes on with it, waits for the process that has it, or gives its recorded result. */
export class RecordedDeploy {
  readonly #init: RecordedDeployInit;
  readonly #runId: string;
  readonly #record: RunRecord;
  readonly #retelling: Retelling;
  #where: "unknown" | "here" | "elsewhere" = "unknown";

  constructor(init: RecordedDeployInit) {
    this.#init = init;
    const { id: runId, signal, clock, emit } = init;
    this.#runId = runId;
    // Outside of the flow: when the run is stopped its function never returns, and what it has found out is still to be told.
    this.#record = new RunRecord({ ...this.#frame, steps: plainSteps({ runId, signal, now: () => clock.now() }) });
    this.#retelling = new Retelling(emit, (done) => ({ type: "resumed", runId, startedAtMs: this.#record.startedAtMs, done }));
  }

  async run(): Promise<DeployResult> {
    const { file, services, engine, clusterContext, signal, again, emit } = this.#init;
    const id = this.#runId;
    const given = { file, ...(clusterContext === undefined ? {} : { context: clusterContext }) };
    const input = inputOfRun(engine, { runId: id, goOn: this.#left.goOn }, given);
    emit({ type: "started", runId: id, file: file.path, cluster: services.cluster.name, target: file.target, isRecorded: true });
    try {
      const result = await this.#flow.start(input, { id, engine: this.#watched(engine), signal, again });
      if (this.#where === "here") this.#retelling.live();
      else if (this.#where === "unknown") emit({ type: "recalled", runId: id, endedAtMs: result.startedAtMs + result.elapsedMs });
      return result;
    } catch (error) {
      if (error instanceof FlowError && error.code === "ERR_RUN_SUSPENDED") return this.#suspended();
      throw stoppedBy(error, this.#record.phase, this.#left);
    }
  }

  /** Its closures come from this process; the input is what the journal has. */
  get #flow(): Flow<DeployInput, DeployResult> {
    return flow(deployFlowName, async (run) => {
      this.#where = "here";
      const context: DeployContext = { ...this.#frame, steps: runSteps(run, this.#retelling) };
      return conduct(context, this.#record, { confirm: this.#init.confirm });
    });
  }

  get #frame(): Omit<DeployContext, "steps"> {
    const { file, services, clock, lease } = this.#init;
    return { file, services, clock, lease, emit: (event) => this.#retelling.emit(event) };
  }

  get #left(): LeftBehind {
    const { file, journal } = this.#init;
    const goBack = howToRollBack(this.#runId, { path: undefined, journal });
    return { target: file.target, goOn: howToResume(this.#runId, journal), goBack, isRecorded: true };
  }

  #suspended(): DeployResult {
    const { phase, ended } = this.#record;
    const { goOn } = this.#left;
    if (this.#where === "elsewhere") {
      const reason = "no longer waited for: the run goes on in the process that has it";
      return this.#record.result({ verdict: "suspended", reason, next: `Wait for it again: ${goOn}` });
    }
    const stopped = suspended(phase, this.#left);
    if (ended === undefined) return this.#record.result(stopped);
    return this.#record.result({ ...stopped, reason: `${stopped.reason}; it came out as ${ended.verdict}: ${ended.reason}` });
  }

  /** Says so when another process has the run. */
  #watched(engine: Engine): Engine {
    return {
      begin: async (request): Promise<Begun> => {
        const begun = await engine.begin(request);
        if (begun.state === "elsewhere" && this.#where !== "elsewhere") {
          this.#where = "elsewhere";
          this.#init.emit({ type: "waiting", runId: request.id });
        }
        return begun;
      },
      changed: (id, signal) => engine.changed(id, signal),
    };
  }
}
