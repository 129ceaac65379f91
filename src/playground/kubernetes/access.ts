import type { User } from "./http/call.ts";

/** What somebody may do, like one rule of a Role and whom it is bound to. */
export interface AccessRule {
  /** User or group names it is bound to. Default: every authenticated user. */
  readonly subjects?: readonly string[];
  /** `get`, `list`, `patch`, … or `*`. */
  readonly verbs: readonly string[];
  /** `""` is the legacy group, `*` all. Default all. */
  readonly apiGroups?: readonly string[];
  /** `deployments`, `deployments/scale`, … or `*`. */
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  /** Default: all, and cluster-scoped resources. */
  readonly namespaces?: readonly string[];
}

/** One question to the authorizer. */
export interface AccessRequest {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

/** Members may do everything, whatever the rules say. */
export const ADMIN_GROUP = "system:masters";
export const ANONYMOUS: User = { name: "system:anonymous", groups: ["system:unauthenticated"] };

export function isAllowed(rules: readonly AccessRule[], user: User, request: AccessRequest): boolean {
  if (user.groups.includes(ADMIN_GROUP)) return true;
  return rules.some((rule) => appliesTo(rule, user) && permits(rule, request));
}

function appliesTo({ subjects }: AccessRule, user: User): boolean {
  if (subjects === undefined) return user.groups.includes("system:authenticated");
  return subjects.some((subject) => subject === user.name || user.groups.includes(subject));
}

function permits(rule: AccessRule, { verb, group, resource, subresource, namespace, name }: AccessRequest): boolean {
  const full = subresource === "" ? resource : `${resource}/${subresource}`;
  const has = (list: readonly string[], wanted: string): boolean => list.includes("*") || list.includes(wanted);
  return (
    has(rule.verbs, verb) &&
    has(rule.apiGroups ?? ["*"], group) &&
    (has(rule.resources, full) || (subresource !== "" && rule.resources.includes(`*/${subresource}`))) &&
    (rule.resourceNames === undefined || rule.resourceNames.includes(name)) &&
    (rule.namespaces === undefined || rule.namespaces.includes(namespace))
  );
}
