import type { AccessRule } from "../cluster/deploy-cluster.ts";
import type { DeployFile } from "../file/deploy-file.ts";

/** The permissions a deploy cannot do without. */
export const requiredAccess: readonly AccessRule[] = [
  { verb: "get", resource: "deployments", group: "apps" },
  { verb: "patch", resource: "deployments", group: "apps" },
  { verb: "list", resource: "replicasets", group: "apps" },
  { verb: "list", resource: "pods", group: "" },
];

/** Permissions without which it goes on with less: slower, or without looking for an autoscaler. */
export function usefulAccess({ change }: Pick<DeployFile, "change">): readonly AccessRule[] {
  // A watch begins with a list.
  const watch: readonly AccessRule[] = [
    { verb: "list", resource: "deployments", group: "apps" },
    { verb: "watch", resource: "deployments", group: "apps" },
  ];
  const autoscalers: AccessRule = { verb: "list", resource: "horizontalpodautoscalers", group: "autoscaling" };
  return change.replicas === undefined ? watch : [...watch, autoscalers];
}

/** What keeps two deploys of one target apart; without it they are not. */
export const leaseAccess: readonly AccessRule[] = ["get", "create", "update"].map((verb) => ({
  verb,
  resource: "leases",
  group: "coordination.k8s.io",
}));

/** As RBAC writes it: `patch deployments.apps`. */
export function describeRule({ verb, resource, group, subresource }: AccessRule): string {
  const path = subresource === undefined ? resource : `${resource}/${subresource}`;
  return `${verb} ${group === "" ? path : `${path}.${group}`}`;
}
