export type { ExecConfig } from "./credentials/exec-config.ts";
export type { Impersonation, Kubeconfig, KubeconfigCluster, KubeconfigContext, KubeconfigUser } from "./kubeconfig/kubeconfig.ts";
export { loadKubeconfig, type LoadKubeconfigOptions } from "./kubeconfig/load-kubeconfig.ts";
export { resolveContext, type ResolvedContext } from "./kubeconfig/resolve-context.ts";
export { podProblems, type PodProblem, type ProblemKind } from "./pods/container-problem.ts";
export { isFinished, isReady, isTerminating, podStatus, type PodStatusSummary } from "./pods/pod-status.ts";
export { summarisePod, type PodSummary } from "./pods/pod-summary.ts";
export { checkRollout } from "./rollout/check-rollout.ts";
export { isSameTemplate, newReplicaSet, ownedBy } from "./rollout/ownership.ts";
export type {
  FailFastOptions,
  FailureReason,
  ProgressReason,
  RolloutInput,
  RolloutMemory,
  RolloutNumbers,
  RolloutSnapshot,
  RolloutState,
} from "./rollout/rollout-state.ts";
export { formatLabelSelector, matchesSelector, parseSelector } from "./selector.ts";
export type {
  Condition,
  Container,
  ContainerState,
  ContainerStatus,
  Deployment,
  KubernetesObject,
  LabelSelector,
  LabelSelectorRequirement,
  List,
  ObjectInput,
  ObjectMeta,
  OwnerReference,
  Pod,
  PodSpec,
  PodStatus,
  PodTemplate,
  ReplicaSet,
  Scale,
  Status,
  StatusCause,
  StatusDetails,
} from "./types.ts";
