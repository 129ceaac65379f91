import { isReady, isTerminating, summarisePod, type RolloutSnapshot } from "../../services/kubernetes/index.ts";
import type { PodsCheckSpec } from "../file/deploy-file.ts";
import type { PodShare } from "../file/values/pod-share.ts";
import type { NotReadyPod } from "./check-result.ts";
import type { Judgement } from "./judgement.ts";

/** Ready pods that the Deployment owns against `spec.replicas`. Terminating pods count for nothing, though they may still be Ready. */
export function judgePods({ minReady }: Pick<PodsCheckSpec, "minReady">, snapshot: RolloutSnapshot): Judgement {
  const { deployment, pods, serverTimeMs } = snapshot;
  if (deployment === undefined) return { outcome: "error", summary: "the Deployment is gone" };
  const replicas = deployment.spec.replicas ?? 1;
  if (replicas === 0) return { outcome: "noData", summary: "the Deployment is scaled to 0: there are no pods to judge" };
  const present = pods.filter((pod) => !isTerminating(pod));
  const ready = present.filter(isReady).length;
  const wanted = wantedPods(minReady, replicas);
  const notReady = present
    .filter((pod) => !isReady(pod))
    .map((pod): NotReadyPod => {
      const { name, status, message } = summarisePod(pod, serverTimeMs);
      return message === undefined ? { pod: name, status } : { pod: name, status, reason: message };
    });
  const evidence = { kind: "pods", ready, wanted, replicas, notReady } as const;
  const missing = notReady.length === 0 ? "" : `; ${listNotReady(notReady)}`;
  const counts = `${ready} of ${replicas} pods Ready, ${wanted} wanted`;
  return ready >= wanted ? { outcome: "pass", summary: counts, evidence } : { outcome: "fail", summary: `${counts}${missing}`, evidence };
}

/** How many pods a share of the replicas is, rounded up. */
export function wantedPods(share: PodShare, replicas: number): number {
  if ("count" in share) return share.count;
  // 0.07 * 100 is 7.000000000000001: multiply first, and cut what binary fractions add.
  return Math.ceil(Number(((share.percent * replicas) / 100).toFixed(9)));
}

function listNotReady(pods: readonly NotReadyPod[]): string {
  const shown = pods.slice(0, 3).map(({ pod, status, reason }) => reason ?? `pod ${pod} is ${status}`);
  return pods.length > 3 ? `${shown.join("; ")}; and ${pods.length - 3} more` : shown.join("; ");
}
