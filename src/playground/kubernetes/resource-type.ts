import * as kinds from "./schema/kinds.ts";
import type { ObjectSchema } from "./schema/schema.ts";

export type Subresource = "status" | "scale" | "log" | "eviction" | "finalize";

/** One served resource. */
export interface ResourceType {
  /** Empty for the legacy group of /api/v1. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
  readonly schema: ObjectSchema;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly Subresource[];
  /** Field selectors beside metadata.name and metadata.namespace. */
  readonly fieldSelectors: readonly string[];
  /** Only some built-in kinds count generations. */
  readonly countsGenerations: boolean;
}

type Given = Pick<ResourceType, "plural" | "kind" | "schema"> & Partial<ResourceType>;

function resource(given: Given): ResourceType {
  return {
    group: "",
    version: "v1",
    singular: given.kind.toLowerCase(),
    isNamespaced: true,
    shortNames: [],
    categories: [],
    subresources: [],
    fieldSelectors: [],
    countsGenerations: false,
    ...given,
  };
}

const all = ["all"];

export const namespaces = resource({
  plural: "namespaces",
  kind: "Namespace",
  schema: kinds.namespace,
  isNamespaced: false,
  shortNames: ["ns"],
  subresources: ["status", "finalize"],
  fieldSelectors: ["status.phase"],
});
export const nodes = resource({
  plural: "nodes",
  kind: "Node",
  schema: kinds.node,
  isNamespaced: false,
  shortNames: ["no"],
  subresources: ["status"],
  fieldSelectors: ["spec.unschedulable"],
});
export const pods = resource({
  plural: "pods",
  kind: "Pod",
  schema: kinds.pod,
  shortNames: ["po"],
  categories: all,
  subresources: ["status", "log", "eviction"],
  fieldSelectors: ["status.phase", "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "status.podIP"],
  countsGenerations: true,
});
export const events = resource({
  plural: "events",
  kind: "Event",
  schema: kinds.event,
  shortNames: ["ev"],
  fieldSelectors: [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
  ],
});
export const services = resource({
  plural: "services",
  kind: "Service",
  schema: kinds.service,
  shortNames: ["svc"],
  categories: all,
  subresources: ["status"],
  fieldSelectors: ["spec.clusterIP", "spec.type"],
});
export const configMaps = resource({ plural: "configmaps", kind: "ConfigMap", schema: kinds.configMap, shortNames: ["cm"] });
export const secrets = resource({ plural: "secrets", kind: "Secret", schema: kinds.secret, fieldSelectors: ["type"] });
export const serviceAccounts = resource({
  plural: "serviceaccounts",
  kind: "ServiceAccount",
  schema: kinds.serviceAccount,
  shortNames: ["sa"],
});
export const deployments = resource({
  group: "apps",
  plural: "deployments",
  kind: "Deployment",
  schema: kinds.deployment,
  shortNames: ["deploy"],
  categories: all,
  subresources: ["scale", "status"],
  countsGenerations: true,
});
export const replicaSets = resource({
  group: "apps",
  plural: "replicasets",
  kind: "ReplicaSet",
  schema: kinds.replicaSet,
  shortNames: ["rs"],
  categories: all,
  subresources: ["scale", "status"],
  fieldSelectors: ["status.replicas"],
  countsGenerations: true,
});
export const horizontalPodAutoscalers = resource({
  group: "autoscaling",
  version: "v2",
  plural: "horizontalpodautoscalers",
  kind: "HorizontalPodAutoscaler",
  schema: kinds.horizontalPodAutoscaler,
  shortNames: ["hpa"],
  categories: all,
  subresources: ["status"],
});
export const leases = resource({ group: "coordination.k8s.io", plural: "leases", kind: "Lease", schema: kinds.lease });

/** Everything stored, in the order discovery lists it. */
export const resourceTypes: readonly ResourceType[] = [
  configMaps,
  events,
  namespaces,
  nodes,
  pods,
  secrets,
  serviceAccounts,
  services,
  deployments,
  replicaSets,
  horizontalPodAutoscalers,
  leases,
];

/** `apps/v1`, or `v1`. */
export function groupVersion(type: Pick<ResourceType, "group" | "version">): string {
  return type.group === "" ? type.version : `${type.group}/${type.version}`;
}

/** The type by its kind or plural name, as a test writes it. */
export function typeNamed(name: string): ResourceType {
  const wanted = name.toLowerCase();
  const found = resourceTypes.find(
    (type) => type.kind.toLowerCase() === wanted || type.plural === wanted || type.shortNames.includes(wanted),
  );
  if (found !== undefined) return found;
  throw new RangeError(`the Kubernetes stand-in does not serve "${name}"; it serves ${resourceTypes.map((type) => type.kind).join(", ")}`);
}
