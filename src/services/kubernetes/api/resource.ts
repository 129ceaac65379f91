import { InvalidRequestError, nearest } from "../../../errors/index.ts";

/** Where a kind of object lives in the API. For custom resources: `{ group: "example.com", version: "v1", resource: "widgets", namespaced: true }`. */
export interface ResourceType {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** Plural, lower case. */
  readonly resource: string;
  readonly namespaced: boolean;
  /** Given to objects that a list sends without it. @default what the list itself says */
  readonly kind?: string;
}

interface BuiltIn extends ResourceType {
  readonly kind: string;
}

const core = (resource: string, kind: string, namespaced = true): BuiltIn => ({ group: "", version: "v1", resource, namespaced, kind });
const of = (groupVersion: string, resource: string, kind: string): BuiltIn => {
  const [group = "", version = ""] = groupVersion.split("/");
  return { group, version, resource, namespaced: true, kind };
};
const clusterWide = (type: BuiltIn): BuiltIn => ({ ...type, namespaced: false });

/** The built-in resources by their plural names. */
export const builtInResources = {
  bindings: core("bindings", "Binding"),
  configmaps: core("configmaps", "ConfigMap"),
  endpoints: core("endpoints", "Endpoints"),
  events: core("events", "Event"),
  limitranges: core("limitranges", "LimitRange"),
  namespaces: core("namespaces", "Namespace", false),
  nodes: core("nodes", "Node", false),
  persistentvolumeclaims: core("persistentvolumeclaims", "PersistentVolumeClaim"),
  persistentvolumes: core("persistentvolumes", "PersistentVolume", false),
  pods: core("pods", "Pod"),
  replicationcontrollers: core("replicationcontrollers", "ReplicationController"),
  resourcequotas: core("resourcequotas", "ResourceQuota"),
  secrets: core("secrets", "Secret"),
  serviceaccounts: core("serviceaccounts", "ServiceAccount"),
  services: core("services", "Service"),
  controllerrevisions: of("apps/v1", "controllerrevisions", "ControllerRevision"),
  daemonsets: of("apps/v1", "daemonsets", "DaemonSet"),
  deployments: of("apps/v1", "deployments", "Deployment"),
  replicasets: of("apps/v1", "replicasets", "ReplicaSet"),
  statefulsets: of("apps/v1", "statefulsets", "StatefulSet"),
  cronjobs: of("batch/v1", "cronjobs", "CronJob"),
  jobs: of("batch/v1", "jobs", "Job"),
  horizontalpodautoscalers: of("autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"),
  leases: of("coordination.k8s.io/v1", "leases", "Lease"),
  endpointslices: of("discovery.k8s.io/v1", "endpointslices", "EndpointSlice"),
  ingresses: of("networking.k8s.io/v1", "ingresses", "Ingress"),
  networkpolicies: of("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy"),
  ingressclasses: clusterWide(of("networking.k8s.io/v1", "ingressclasses", "IngressClass")),
  poddisruptionbudgets: of("policy/v1", "poddisruptionbudgets", "PodDisruptionBudget"),
  roles: of("rbac.authorization.k8s.io/v1", "roles", "Role"),
  rolebindings: of("rbac.authorization.k8s.io/v1", "rolebindings", "RoleBinding"),
  clusterroles: clusterWide(of("rbac.authorization.k8s.io/v1", "clusterroles", "ClusterRole")),
  clusterrolebindings: clusterWide(of("rbac.authorization.k8s.io/v1", "clusterrolebindings", "ClusterRoleBinding")),
  storageclasses: clusterWide(of("storage.k8s.io/v1", "storageclasses", "StorageClass")),
  priorityclasses: clusterWide(of("scheduling.k8s.io/v1", "priorityclasses", "PriorityClass")),
  customresourcedefinitions: clusterWide(of("apiextensions.k8s.io/v1", "customresourcedefinitions", "CustomResourceDefinition")),
} as const satisfies Record<string, BuiltIn>;

/** The plural name of a built-in resource. */
export type BuiltInResource = keyof typeof builtInResources;

/** What a call is about: `"pods"`, `"deployments"`, ..., or a description for anything else. */
export type Kind = BuiltInResource | ResourceType;

const LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const DNS_NAME = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

/** @throws InvalidRequestError (ERR_INVALID_OPTION) for an unknown name, with the nearest; for a description that cannot stand in a path. */
export function resolveKind(kind: Kind): ResourceType {
  if (typeof kind !== "string") return checkType(kind);
  if (Object.hasOwn(builtInResources, kind)) return builtInResources[kind];
  const given: string = kind;
  const near = nearest(given, Object.keys(builtInResources));
  throw invalid(
    `${JSON.stringify(given)} is no built-in resource${near === undefined ? "" : `; did you mean ${JSON.stringify(near)}?`}`,
    'Anything else is described: { group: "example.com", version: "v1", resource: "widgets", namespaced: true }.',
  );
}

function checkType(type: ResourceType): ResourceType {
  const { group, version, resource, namespaced } = type;
  if (typeof group !== "string" || (group !== "" && !DNS_NAME.test(group))) throw invalidPart("group", group, '"" or a DNS name');
  if (!LABEL.test(version)) throw invalidPart("version", version, "such as v1");
  if (!LABEL.test(resource)) throw invalidPart("resource", resource, "a plural such as widgets");
  if (typeof namespaced !== "boolean") throw invalidPart("namespaced", namespaced, "true or false");
  return type;
}

/** @throws InvalidRequestError (ERR_INVALID_OPTION) for what the API would not take as a namespace. */
export function checkNamespace(namespace: string): string {
  if (typeof namespace === "string" && LABEL.test(namespace)) return namespace;
  throw invalid(
    `namespace ${JSON.stringify(namespace)} is not valid`,
    "A namespace has at most 63 lower-case letters, digits and hyphens. For all of them: allNamespaces: true.",
  );
}

/**
 * One segment of a path. Names of RBAC objects may have colons, so the rule is the API server's own for paths.
 *
 * @throws InvalidRequestError (ERR_INVALID_OPTION) for an empty name, which would address the whole collection, and for one that could
 *   leave its place.
 */
export function nameSegment(name: string): string {
  if (typeof name !== "string" || name === "") throw invalid("the name is empty", "An empty name would mean every object of the kind.");
  if (name === "." || name === ".." || /[/%\\\u0000-\u001f\u007f]/.test(name) || name !== name.trim() || name.length > 253) {
    throw invalid(`${JSON.stringify(name.slice(0, 80))} cannot be an object's name`, 'A name has no "/", "%" or blank around it.');
  }
  return encodeURIComponent(name);
}

export interface PathOptions {
  /** Required for a namespaced object; absent means all namespaces for a collection. */
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: "scale" | "status" | "log" | "eviction";
}

/** The path of a collection or an object below the server's URL. */
export function resourcePath(
  { group, version, resource, namespaced }: ResourceType,
  { namespace, name, subresource }: PathOptions,
): string {
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const place = namespaced && namespace !== undefined ? `/namespaces/${checkNamespace(namespace)}` : "";
  const own = name === undefined ? "" : `/${nameSegment(name)}`;
  return `${root}${place}/${resource}${own}${subresource === undefined ? "" : `/${subresource}`}`;
}

/** `apps/v1`, or `v1` for the core group. */
export function apiVersionOf({ group, version }: ResourceType): string {
  return group === "" ? version : `${group}/${version}`;
}

function invalidPart(part: string, value: unknown, takes: string): InvalidRequestError {
  return invalid(`the resource's ${part} ${JSON.stringify(value)} is not valid: it takes ${takes}`);
}

function invalid(message: string, hint?: string): InvalidRequestError {
  return new InvalidRequestError({ code: "ERR_INVALID_OPTION", message: `kubernetes: ${message}`, hint });
}
