export type { CheckEvidence, CheckOutcome, CheckResult, NotReadyPod, SeriesValue } from "./checks/check-result.ts";
export type { Confirm } from "./conduct/conduct.ts";
export { deploy, type DeployOptions } from "./deploy.ts";
export type { CheckStage, DeployEvent, RolloutStage } from "./events.ts";
export type {
  AfterSpec,
  ChangeSpec,
  CheckSpec,
  ClusterSelection,
  DeployFile,
  DeployTarget,
  HttpCheckSpec,
  NotifySpec,
  NotifyTrigger,
  PodsCheckSpec,
  PrometheusCheckSpec,
  RolloutSpec,
  SlackNotifySpec,
} from "./file/deploy-file.ts";
export { initDeployFile, type InitInput } from "./file/init-deploy-file.ts";
export { deploySchema } from "./file/deploy-schema.ts";
export { DeployFileError, type FileProblem } from "./file/problem.ts";
export { loadDeployFile, parseDeployFile } from "./file/read-deploy-file.ts";
export type { AuthSpec, HttpAccess } from "./file/values/http-access.ts";
export type { PodShare } from "./file/values/pod-share.ts";
export type { SecretReference } from "./file/values/secret-reference.ts";
export {
  describeChange,
  describeUndo,
  type DeployPlan,
  type FoundRun,
  type PlannedChange,
  type PreviousRevision,
  type UndoPlan,
} from "./plan/deploy-plan.ts";
export type { ServerDifference } from "./plan/server-difference.ts";
export type { PreflightFinding } from "./preflight/finding.ts";
export { deployFlow } from "./recorded/deploy-flow.ts";
export { deployFlowName, type DeployEngine, type DeployInput } from "./recorded/deploy-input.ts";
export { verdictExitCodes, type DeployResult, type NotificationRecord, type Verdict } from "./result.ts";
export { rollBackRun, type RollBackOptions } from "./rollback/roll-back-run.ts";
export type { BadPod, RevisionPods, RolloutProgress, RolloutReport } from "./rollout/rollout-report.ts";
export { plainSteps, type DeploySteps, type PlainStepsOptions, type StepContext } from "./steps.ts";
