import { podProblems, type PodProblem, type ProblemKind } from "../pods/container-problem.ts";
import { condition, isFinished, isReady, isTerminating } from "../pods/pod-status.ts";
import type { Pod } from "../types.ts";
import type { FailFastOptions, FailureReason } from "./rollout-state.ts";

const DEFAULT_GRACE_MS = 30_000;
/** A cluster autoscaler needs one to two minutes for a node. */
const DEFAULT_UNSCHEDULABLE_GRACE_MS = 120_000;
const DEFAULT_CRASH_RESTARTS = 3;

/** What the pods of the new revision say about the rollout. */
export interface PodVerdict {
  readonly problems: readonly PodProblem[];
  /** Present when they will not come up. */
  readonly failure?: { readonly reason: FailureReason; readonly message: string };
  readonly problemsSinceMs: Readonly<Record<string, number>>;
}

export interface PodVerdictInput extends FailFastOptions {
  /** Of the new ReplicaSet only. */
  readonly pods: readonly Pod[];
  readonly nowMs: number;
  readonly previousSinceMs?: Readonly<Record<string, number>>;
}

const REASONS = {
  config: "ContainerConfig",
  image: "ImagePull",
  crash: "CrashLoop",
  unschedulable: "Unschedulable",
  evicted: undefined,
} as const satisfies Record<ProblemKind, FailureReason | undefined>;

/** Judges the pods of the new revision: which are in trouble, since when, and whether that is the end. */
export function judgePods(input: PodVerdictInput): PodVerdict {
  const present = input.pods.filter((pod) => !isTerminating(pod));
  const troubles = present.flatMap((pod) => podTroubles(pod, input));
  const problems = troubles.map(({ problem }) => problem);
  const problemsSinceMs = {
    ...unfinishedTroubles(present, input),
    ...Object.fromEntries(troubles.map(({ key, sinceMs }) => [key, sinceMs])),
  };
  const failure = input.failFast === false ? undefined : findFailure(present, troubles, input);
  return failure === undefined ? { problems, problemsSinceMs } : { problems, problemsSinceMs, failure };
}

interface Trouble {
  readonly key: string;
  readonly problem: PodProblem;
  readonly sinceMs: number;
  /** Its time is up. */
  readonly isFatal: boolean;
}

function podTroubles(pod: Pod, input: PodVerdictInput): readonly Trouble[] {
  const current = podProblems(pod);
  const restarted = current.some(({ kind }) => kind === "crash") ? undefined : restartProblem(pod, input);
  const problems = restarted === undefined ? current : [...current, restarted];
  return problems.map((problem) => {
    const key = [problem.podUid, problem.kind, problem.container ?? ""].join("/");
    const sinceMs = Math.min(input.previousSinceMs?.[key] ?? input.nowMs, startedMs(pod, problem) ?? input.nowMs);
    return { key, problem, sinceMs, isFatal: !isFinished(pod) && isFatal(problem, sinceMs, input) };
  });
}

/** A crashing container runs now and then: its trouble is not over before the pod is ready. */
function unfinishedTroubles(pods: readonly Pod[], { previousSinceMs = {} }: PodVerdictInput): Record<string, number> {
  const waiting = new Set(pods.filter((pod) => !isReady(pod)).map((pod) => pod.metadata.uid));
  return Object.fromEntries(Object.entries(previousSinceMs).filter(([key]) => waiting.has(key.split("/")[0] ?? "")));
}

/** Only the scheduler writes down since when. */
function startedMs(pod: Pod, problem: PodProblem): number | undefined {
  if (problem.kind !== "unschedulable") return undefined;
  return Date.parse(condition(pod.status?.conditions, "PodScheduled")?.lastTransitionTime ?? "") || undefined;
}

/**
 * A crashing container runs between its crashes, and without a readiness probe it is even Ready then. Enough restarts and no lasting
 * readiness make it a crash loop whatever it shows at this moment.
 */
function restartProblem(
  pod: Pod,
  { crashRestarts = DEFAULT_CRASH_RESTARTS, graceMs = DEFAULT_GRACE_MS, nowMs }: PodVerdictInput,
): PodProblem | undefined {
  const worst = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].find(
    (container) => (container.restartCount ?? 0) >= crashRestarts && container.state?.terminated?.exitCode !== 0,
  );
  if (worst === undefined || crashRestarts < 1) return undefined;
  const readySinceMs = Date.parse(condition(pod.status?.conditions, "Ready")?.lastTransitionTime ?? "");
  if (isReady(pod) && !(nowMs - readySinceMs < graceMs)) return undefined;
  const { name, uid } = pod.metadata;
  const restarts = worst.restartCount ?? 0;
  const message = `pod ${name}: container ${worst.name} has restarted ${restarts} times and does not stay up`;
  return { pod: name, podUid: uid, kind: "crash", reason: "CrashLoopBackOff", message, container: worst.name, restarts };
}

function isFatal(problem: PodProblem, sinceMs: number, input: PodVerdictInput): boolean {
  const {
    graceMs = DEFAULT_GRACE_MS,
    unschedulableGraceMs = DEFAULT_UNSCHEDULABLE_GRACE_MS,
    crashRestarts = DEFAULT_CRASH_RESTARTS,
  } = input;
  const lastedMs = input.nowMs - sinceMs;
  switch (problem.kind) {
    case "config":
      return true;
    case "image":
      return lastedMs >= graceMs;
    case "crash":
      return lastedMs >= graceMs || problem.restarts >= crashRestarts;
    case "unschedulable":
      return lastedMs >= unschedulableGraceMs;
    case "evicted": // Its ReplicaSet makes another pod, which is judged by itself.
      return false;
  }
}

function findFailure(pods: readonly Pod[], troubles: readonly Trouble[], { failWhen = "all" }: PodVerdictInput): PodVerdict["failure"] {
  const fatal = troubles.filter((trouble) => trouble.isFatal);
  const first = fatal[0];
  if (first === undefined) return undefined;
  const doomed = new Set(fatal.map(({ problem }) => problem.podUid));
  const active = pods.filter((pod) => !isFinished(pod));
  if (failWhen === "all" && !active.every((pod) => doomed.has(pod.metadata.uid))) return undefined;
  const reason = REASONS[first.problem.kind];
  if (reason === undefined) return undefined;
  const share = failWhen === "all" && active.length > 1 ? `all ${active.length} new pods are in trouble; ` : "";
  return { reason, message: `${share}${first.problem.message}` };
}
