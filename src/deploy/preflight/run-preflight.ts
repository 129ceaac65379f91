import type { RolloutSnapshot } from "../../services/kubernetes/index.ts";
import type { AccessRule, Autoscaler, DeployCluster } from "../cluster/deploy-cluster.ts";
import { describeError, hintOf } from "../cluster/write-failure.ts";
import type { DeployFile, DeployTarget } from "../file/deploy-file.ts";
import type { DeployPlan } from "../plan/deploy-plan.ts";
import { makePlan } from "../plan/make-plan.ts";
import type { DeployServices } from "../services.ts";
import type { PreflightFinding } from "./finding.ts";
import { inspectTarget } from "./inspect-target.ts";
import { leaseFindings } from "./lease-findings.ts";
import { describeRule, leaseAccess, requiredAccess, usefulAccess } from "./required-access.ts";

/** What the preflight gives; plain JSON. */
export interface PreflightReport {
  readonly findings: readonly PreflightFinding[];
  /** Undefined when there is no Deployment to plan for. */
  readonly plan: DeployPlan | undefined;
}

export interface PreflightInput {
  readonly file: DeployFile;
  readonly services: DeployServices;
  readonly runId: string;
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

/** Everything that can be known before the first write, all of it at once. Writes nothing. */
export async function runPreflight(input: PreflightInput): Promise<PreflightReport> {
  const secrets = await secretFindings(input.services);
  const { cluster } = input.services;
  const [access, snapshot, notify] = await Promise.all([
    accessFindings(input),
    readTarget(cluster, input.file.target, input.signal),
    // A secret that is not there says it already.
    secrets.length > 0 ? [] : notifyFindings(input),
  ]);
  const known = [...secrets, ...access.findings, ...notify];
  if ("problem" in snapshot) {
    // A missing permission explains it better than the refusal that follows from it; what could not be asked explains nothing.
    const isExplained = access.findings.some(({ level }) => level === "block");
    return { findings: isExplained ? known : [...secrets, snapshot.problem], plan: undefined };
  }
  const { deployment } = snapshot;
  if (deployment === undefined) return { findings: [...known, noTarget(input.file.target)], plan: undefined };
  const { file, runId, nowMs } = input;
  const plan = makePlan({ file, snapshot, deployment, runId, nowMs });
  const { denied } = access;
  const [scaling, lease] = await Promise.all([
    autoscalersOf(input, denied),
    leaseFindings({ target: file.target, cluster, runIds: [runId], signal: input.signal, denied }),
  ]);
  const inspected = inspectTarget({ file, deployment, snapshot, autoscalers: scaling.autoscalers, plan });
  return { findings: [...known, ...scaling.findings, ...lease, ...inspected], plan };
}

async function secretFindings(services: DeployServices): Promise<readonly PreflightFinding[]> {
  const problems = await services.secretProblems();
  return problems.map(({ path, message, remedy }) => ({ level: "block", about: "secrets", message: `${path}: ${message}`, remedy }));
}

/** A message that will not arrive is no reason not to deploy. */
async function notifyFindings({ services, signal }: PreflightInput): Promise<readonly PreflightFinding[]> {
  const problems = await services.notifyProblems(signal);
  return problems.map(({ path, message, remedy }) => ({ level: "warn", about: "notify", message: `${path}: ${message}`, remedy }));
}

interface AccessReport {
  readonly findings: readonly PreflightFinding[];
  readonly denied: readonly AccessRule[];
}

async function accessFindings({ file, services: { cluster }, signal }: PreflightInput): Promise<AccessReport> {
  const useful = usefulAccess(file);
  const rules = [...requiredAccess, ...useful, ...leaseAccess];
  let answers: readonly boolean[];
  try {
    answers = await askAll(rules, { file, cluster, signal });
  } catch (error) {
    // The reads that follow will tell what they lack.
    signal.throwIfAborted();
    const message = `the permissions could not be checked: ${describeError(error)}`;
    return { findings: [{ level: "warn", about: "access", message, remedy: "The change itself may still be refused." }], denied: [] };
  }
  const denied = rules.filter((_rule, index) => answers[index] === false);
  // What a missing lease means is said where leases are looked at.
  const findings = denied
    .filter((rule) => !leaseAccess.includes(rule))
    .map((rule): PreflightFinding => {
      const isRequired = requiredAccess.includes(rule);
      const { namespace } = file.target;
      return {
        level: isRequired ? "block" : "warn",
        about: "access",
        message: `no permission to ${describeRule(rule)} in namespace ${namespace}`,
        remedy: `Ask for a Role with it, or check: kubectl auth can-i ${rule.verb} ${rule.resource}${rule.group === "" ? "" : `.${rule.group}`} -n ${namespace}`,
      };
    });
  return { findings, denied };
}

interface AccessQuestion extends Pick<PreflightInput, "file" | "signal"> {
  readonly cluster: DeployCluster;
}

/** In order. The first that cannot be asked ends the others: a deploy waits for what is under way when it closes its connections. */
async function askAll(rules: readonly AccessRule[], { file, cluster, signal }: AccessQuestion): Promise<readonly boolean[]> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  try {
    return await Promise.all(rules.map((rule) => cluster.isAllowed(file.target, rule, either)));
  } finally {
    stop.abort();
  }
}

async function readTarget(
  cluster: DeployCluster,
  target: DeployTarget,
  signal: AbortSignal,
): Promise<RolloutSnapshot | { readonly problem: PreflightFinding }> {
  try {
    return await cluster.snapshot(target, signal);
  } catch (error) {
    signal.throwIfAborted();
    const message = `the cluster ${cluster.name} cannot be read: ${describeError(error)}`;
    const remedy = hintOf(error) ?? "Check the cluster's address, the network and the credentials.";
    return { problem: { level: "block", about: "cluster", message, remedy } };
  }
}

function noTarget({ namespace, deployment }: DeployTarget): PreflightFinding {
  return {
    level: "block",
    about: "target",
    message: `there is no deployment ${deployment} in namespace ${namespace}`,
    remedy: `Check target and cluster. What there is: kubectl -n ${namespace} get deployments`,
  };
}

interface AutoscalerReport {
  readonly autoscalers: readonly Autoscaler[];
  readonly findings: readonly PreflightFinding[];
}

async function autoscalersOf(
  { file, services: { cluster }, signal }: PreflightInput,
  denied: readonly AccessRule[],
): Promise<AutoscalerReport> {
  const mayNot = denied.some(({ resource }) => resource === "horizontalpodautoscalers");
  if (file.change.replicas === undefined || mayNot) return { autoscalers: [], findings: [] };
  try {
    return { autoscalers: await cluster.autoscalers(file.target, signal), findings: [] };
  } catch (error) {
    signal.throwIfAborted();
    const message = `whether an autoscaler sets the replicas could not be found out: ${describeError(error)}`;
    return {
      autoscalers: [],
      findings: [{ level: "warn", about: "autoscaler", message, remedy: "If there is one, it undoes change.replicas." }],
    };
  }
}
