import type { Pod } from "../types.ts";
import { podProblems } from "./container-problem.ts";
import { isReady, isTerminating, podStatus } from "./pod-status.ts";

/** A pod in the words of `kubectl get pods -o wide`. */
export interface PodSummary {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  /** What kubectl shows: `Running`, `Pending`, `CrashLoopBackOff`, `Init:0/1`, `Terminating`, `Completed`, ... */
  readonly status: string;
  /** It serves: its Ready condition is True and it is not being deleted. */
  readonly ready: boolean;
  readonly readyContainers: number;
  readonly totalContainers: number;
  readonly restarts: number;
  /** RFC 3339. */
  readonly createdAt?: string;
  /** By the server's clock. */
  readonly ageMs?: number;
  readonly node?: string;
  readonly ip?: string;
  readonly images: readonly string[];
  /** The label `pod-template-hash`: which revision of a Deployment it belongs to. */
  readonly revisionHash?: string;
  readonly isTerminating: boolean;
  /** Kubernetes' word for the first thing that is wrong: `ImagePullBackOff`, `OOMKilled`, `Unschedulable`, ... */
  readonly reason?: string;
  /** The same in a sentence. */
  readonly message?: string;
}

/** Sums a pod up; right also without containerStatuses, and for pods that are being deleted. */
export function summarisePod(pod: Pod, serverTimeMs: number): PodSummary {
  // What happens to a container while its pod is being deleted is no trouble.
  const problem = isTerminating(pod) ? undefined : podProblems(pod)[0];
  const createdMs = Date.parse(pod.metadata.creationTimestamp ?? "");
  return {
    name: pod.metadata.name,
    namespace: pod.metadata.namespace ?? "",
    uid: pod.metadata.uid,
    ...podStatus(pod),
    ready: isReady(pod),
    createdAt: pod.metadata.creationTimestamp,
    // The Date header has whole seconds: a pod made within this one is not younger than nothing.
    ageMs: Number.isNaN(createdMs) ? undefined : Math.max(0, serverTimeMs - createdMs),
    node: pod.spec?.nodeName,
    ip: pod.status?.podIP,
    images: (pod.spec?.containers ?? []).map((container) => container.image ?? ""),
    revisionHash: pod.metadata.labels?.["pod-template-hash"],
    isTerminating: isTerminating(pod),
    reason: problem?.reason,
    message: problem?.message,
  };
}
