export type { AccessAnswer, AccessQuestion } from "./api/access.ts";
export type { Answer, CallOptions, ListOptions, NamespaceOptions, WriteOptions } from "./api/call-options.ts";
export type { ClusterSessionOptions } from "./api/connection.ts";
export type { Page } from "./api/list.ts";
export type { DeleteOptions, PatchOptions, PatchType, ScaleOptions } from "./api/objects.ts";
export type { BuiltInResource, Kind, ResourceType } from "./api/resource.ts";
export type { ServerVersion } from "./api/server-version.ts";
export { Cluster, type KnownKinds } from "./cluster.ts";
export type { ClusterOptions, CommonOptions } from "./connect/cluster-options.ts";
export type { FromConfigOptions } from "./connect/from-config.ts";
export type { FromEnvOptions } from "./connect/from-env.ts";
export type { InClusterOptions } from "./connect/in-cluster.ts";
export type { ExecConfig } from "./credentials/exec-config.ts";
export type { PluginHost } from "./credentials/run-plugin.ts";
export {
  isAlreadyExists,
  isConflict,
  isForbidden,
  isGone,
  isInvalid,
  isKubernetesError,
  isNotFound,
  isTooManyRequests,
  isUnauthorized,
} from "./error/guards.ts";
export { KubernetesError, type ErrorCause } from "./error/kubernetes-error.ts";
export type { Impersonation, Kubeconfig, KubeconfigCluster, KubeconfigContext, KubeconfigUser } from "./kubeconfig/kubeconfig.ts";
export { loadKubeconfig, type LoadKubeconfigOptions } from "./kubeconfig/load-kubeconfig.ts";
export { resolveContext, type ResolvedContext } from "./kubeconfig/resolve-context.ts";
export { serverDifferences, type ServerDifference } from "./plan/server-difference.ts";
export { podProblems, type PodProblem, type ProblemKind } from "./pods/container-problem.ts";
export type { PodLogOptions } from "./pods/pod-log.ts";
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
export type { WatchEvent } from "./watch/watch-event.ts";
export type { Interruption, WatchLimits } from "./watch/watch-objects.ts";
export type { WatchOptions } from "./watch/watch-source.ts";
