import { checkRollout, type RolloutSnapshot, type RolloutState } from "../../services/kubernetes/index.ts";
import { formatDuration } from "../../retry/index.ts";
import type { Stored } from "../change/apply-change.ts";
import { describeError } from "../cluster/write-failure.ts";
import type { DeployContext } from "../context.ts";
import type { RolloutStage } from "../events.ts";
import { templateDigest } from "../plan/digest.ts";
import { describeBadPod } from "./bad-pod.ts";
import { ChangeAlarm } from "./change-alarm.ts";
import { podsByRevision } from "./pods-by-revision.ts";
import type { RolloutProgress, RolloutReport } from "./rollout-report.ts";

/** Pods that cannot start do not change the Deployment, so no watch of it tells: they are looked at this often. */
const pollMs = 1000;
/** A burst of status updates is read once. */
const leastGapMs = 250;
/** An API server that is upgraded is away for less. */
const unreadableMs = 120_000;

export interface WatchRolloutInput {
  readonly stage: RolloutStage;
  readonly uid: string;
  readonly own: Stored;
  /** When the rollout began, in milliseconds since the epoch: `rollout.timeout` counts from there, whoever watches. */
  readonly sinceMs: number;
}

/** Follows a rollout until it is complete, has failed, has become somebody else's, or its time is up. */
export async function watchRollout(context: DeployContext, input: WatchRolloutInput, signal: AbortSignal): Promise<RolloutReport> {
  const { cluster } = context.services;
  const alarm = new ChangeAlarm((stop) => cluster.changes(context.file.target, stop), context.clock, signal);
  try {
    return await new RolloutWatch(context, input, signal).run(alarm);
  } finally {
    alarm.stop();
  }
}

class RolloutWatch {
  readonly #context: DeployContext;
  readonly #input: WatchRolloutInput;
  readonly #signal: AbortSignal;
  #state: RolloutState | undefined;
  #progress: RolloutProgress | undefined;
  #lastReadMs: number;
  #shown = "";

  constructor(context: DeployContext, input: WatchRolloutInput, signal: AbortSignal) {
    this.#context = context;
    this.#input = input;
    this.#signal = signal;
    this.#lastReadMs = context.clock.now();
  }

  async run(alarm: ChangeAlarm): Promise<RolloutReport> {
    const { clock, file } = this.#context;
    for (;;) {
      const ended = await this.#look();
      if (ended !== undefined) return ended;
      const leftMs = this.#input.sinceMs + file.rollout.timeoutMs - clock.now();
      if (leftMs <= 0) return this.#timedOut();
      await clock.sleep(Math.min(leastGapMs, leftMs), this.#signal);
      await alarm.wait(Math.min(pollMs, leftMs));
    }
  }

  async #look(): Promise<RolloutReport | undefined> {
    const { services, file, clock } = this.#context;
    let snapshot: RolloutSnapshot;
    try {
      snapshot = await services.cluster.snapshot(file.target, this.#signal);
    } catch (error) {
      this.#signal.throwIfAborted();
      const silentMs = clock.now() - this.#lastReadMs;
      if (silentMs < unreadableMs) return undefined;
      return this.#report("unreadable", `the cluster could not be read for ${formatDuration(silentMs)}: ${describeError(error)}`);
    }
    this.#lastReadMs = clock.now();
    return this.#judge(snapshot);
  }

  async #judge(snapshot: RolloutSnapshot): Promise<RolloutReport | undefined> {
    const { uid, own } = this.#input;
    const { rollout } = this.#context.file;
    const state = checkRollout({
      snapshot,
      uid,
      ownGeneration: own.generation,
      patchedAtMs: own.serverTimeMs,
      previous: this.#state,
      failFast: rollout.failFast,
      graceMs: rollout.failFastAfterMs,
    });
    this.#state = state;
    this.#show(state, snapshot);
    const template = snapshot.deployment?.spec.template;
    if (state.isChangedSince && template !== undefined && templateDigest(template) !== own.templateDigest) {
      return this.#report("changedByOther", "somebody else changed the Deployment's template while it was rolling out");
    }
    if (state.phase === "progressing") return undefined;
    if (state.phase === "complete") return this.#report("complete", state.message);
    const isGone = state.reason === "Deleted" || state.reason === "Recreated";
    return this.#report(isGone ? "gone" : "failed", state.message);
  }

  /** The same state is not told twice. */
  #show(state: RolloutState, snapshot: RolloutSnapshot): void {
    const problems = [...new Set(state.problems.map(({ message }) => message))];
    const revisions = podsByRevision(snapshot, state.newReplicaSet);
    const shown = JSON.stringify([state.message, state.numbers, revisions, problems]);
    this.#progress = {
      message: state.message,
      numbers: state.numbers,
      revisions,
      problems,
      elapsedMs: this.#elapsedMs,
    };
    // A failure is told by the report that follows at once.
    if (shown === this.#shown || state.phase === "failed") return;
    this.#shown = shown;
    this.#context.emit({ type: "rolloutProgress", stage: this.#input.stage, progress: this.#progress });
  }

  /** A clock may have been put back meanwhile. */
  get #elapsedMs(): number {
    return Math.max(0, this.#context.clock.now() - this.#input.sinceMs);
  }

  #timedOut(): Promise<RolloutReport> {
    const { timeoutMs } = this.#context.file.rollout;
    const where = this.#state === undefined ? "" : `: ${this.#state.message}`;
    return this.#report("timeout", `the rollout was not done within ${formatDuration(timeoutMs)} (rollout.timeout)${where}`);
  }

  async #report(outcome: RolloutReport["outcome"], message: string): Promise<RolloutReport> {
    const problem = outcome === "failed" || outcome === "timeout" ? this.#state?.problems[0] : undefined;
    const { services, file } = this.#context;
    const badPod =
      problem === undefined
        ? undefined
        : await describeBadPod(problem, { cluster: services.cluster, namespace: file.target.namespace, signal: this.#signal });
    return { outcome, message, progress: this.#progress, badPod, elapsedMs: this.#elapsedMs };
  }
}
