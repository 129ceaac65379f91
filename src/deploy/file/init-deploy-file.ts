import { stringify } from "yaml";
import type { Deployment } from "../../services/kubernetes/index.ts";
import type { DeployFile } from "./deploy-file.ts";
import { parseDeployFile } from "./read-deploy-file.ts";

/** What a deploy file is written from. */
export interface InitInput {
  readonly deployment: Deployment;
  /** As the file will name the cluster. */
  readonly cluster: Partial<DeployFile["cluster"]>;
}

/**
 * The text of a deploy file for a live Deployment, with comments: it changes nothing until it is edited.
 *
 * @throws DeployFileError when the Deployment has something no deploy file can name
 */
export function initDeployFile({ deployment, cluster }: InitInput): string {
  const { name, namespace = "default" } = deployment.metadata;
  const containers = deployment.spec.template.spec?.containers ?? [];
  const images = containers.map((container) => `    ${scalar(container.name)}: ${scalar(container.image ?? "")}`).join("\n");
  const text = `# A guarded change of deployment ${namespace}/${name}.
# Check this file without a cluster:   errand deploy check FILE
# See what it would do:                errand deploy FILE --plan
version: 1
cluster: ${flow(cluster)}
target: ${flow({ namespace, deployment: name })}

# Every check must pass, or nothing is changed and the alert goes out.
before:
  - pods: { minReady: 80% }
  # - prometheus: { url: https://prometheus.example.com, query: 'sum(rate(http_requests_total{code=~"5.."}[5m]))', max: 0.5, noData: fail }
  # - http: { url: https://${scalarPart(name)}.example.com/healthz, expect: 200 }
onCritical: stop # or: proceed (alert, then change all the same)

# One patch, one rollout. These are the images that run now.
change:
  image:
${images}
  # replicas: ${deployment.spec.replicas ?? 1}
  # restart: true

rollout: { timeout: 10m, failFast: true }

# The same kinds of checks, repeated after the rollout.
after:
  for: 2m
  every: 15s
  failures: 2
  checks:
    - pods: { minReady: 80% }
onFailure: ${deployment.spec.revisionHistoryLimit === 0 ? "stop # revisionHistoryLimit is 0: there is nothing to roll back to" : "rollback # or: stop"}
onInconclusive: stop # or: proceed, rollback

# Who is told. The webhook's URL is a credential: it stays in the environment.
# notify:
#   - slack: { webhook: { secret: env:SLACK_WEBHOOK }, on: [critical, rollback, success] }
`;
  parseDeployFile(text, "the generated deploy file");
  return text;
}

function flow(value: object): string {
  return stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trimEnd();
}

function scalar(value: string): string {
  return stringify(value, { lineWidth: 0 }).trimEnd();
}

/** Inside a comment nothing may end the line. */
function scalarPart(name: string): string {
  return name.replace(/[^a-z0-9.-]/g, "");
}
