import { isReady, isTerminating, type RolloutSnapshot } from "../../services/kubernetes/index.ts";
import type { RevisionPods } from "./rollout-report.ts";

/** The pods of each ReplicaSet that has any, the newest revision first. */
export function podsByRevision({ replicaSets, pods }: RolloutSnapshot, newReplicaSet: string | undefined): readonly RevisionPods[] {
  const rows = replicaSets.map(({ metadata }): RevisionPods => {
    const own = pods.filter(
      (pod) => pod.metadata.ownerReferences?.some(({ uid, controller }) => controller === true && uid === metadata.uid) === true,
    );
    const present = own.filter((pod) => !isTerminating(pod));
    return {
      replicaSet: metadata.name,
      isNew: metadata.name === newReplicaSet,
      total: present.length,
      ready: present.filter(isReady).length,
      terminating: own.length - present.length,
    };
  });
  return rows
    .filter(({ isNew, total, terminating }) => isNew || total > 0 || terminating > 0)
    .sort((a, b) => Number(b.isNew) - Number(a.isNew) || (a.replicaSet < b.replicaSet ? -1 : 1));
}
