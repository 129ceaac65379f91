import { at, isObject, type Json, textOf } from "../json.ts";
import { formatRequirements, requirementsOf } from "../label-selector.ts";
import type { KubeObject } from "../object.ts";
import { ageColumn, type Column, humanAge, nameColumn } from "./column.ts";
import { podColumns } from "./pod-columns.ts";
import type { ResourceType } from "../resource-type.ts";
import { isDeployment, isReplicaSet, type PodTemplate } from "../shapes.ts";

const integer = (name: string, description: string, ...path: string[]): Column => ({
  name,
  type: "integer",
  description,
  cell: (object) => at(object, ...path) ?? 0,
});
const text = (name: string, description: string, cell: (object: KubeObject) => Json): Column => ({
  name,
  type: "string",
  description,
  cell: (object) => cell(object),
});
const wide = (column: Column): Column => ({ ...column, isWide: true });

function template(object: KubeObject): PodTemplate | undefined {
  return isDeployment(object) || isReplicaSet(object) ? object.spec.template : undefined;
}
const containers = wide(
  text("Containers", "Names of the containers.", (object) => list(template(object)?.spec.containers.map((one) => one.name))),
);
const images = wide(
  text("Images", "Images of the containers.", (object) => list(template(object)?.spec.containers.map((one) => one.image))),
);
const selector = wide(
  text("Selector", "Labels of the pods.", (object) =>
    isDeployment(object) || isReplicaSet(object) ? formatRequirements(requirementsOf(object.spec.selector)) : "",
  ),
);

const columns: Readonly<Record<string, readonly Column[]>> = {
  Pod: podColumns,
  Deployment: [
    text(
      "Ready",
      "Ready pods of those wanted.",
      (object) => `${count(object, "readyReplicas")}/${textOf(at(object, "spec", "replicas") ?? 0)}`,
    ),
    // Numbers in columns that are declared as strings, as the real table has them.
    text("Up-to-date", "Pods with the present template.", (object) => at(object, "status", "updatedReplicas") ?? 0),
    text("Available", "Pods available for at least minReadySeconds.", (object) => at(object, "status", "availableReplicas") ?? 0),
    ageColumn,
    containers,
    images,
    selector,
  ],
  ReplicaSet: [
    integer("Desired", "Pods wanted.", "spec", "replicas"),
    integer("Current", "Pods there are.", "status", "replicas"),
    integer("Ready", "Pods with the Ready condition.", "status", "readyReplicas"),
    ageColumn,
    containers,
    images,
    selector,
  ],
  Service: [
    text("Type", "How the service is exposed.", (object) => at(object, "spec", "type") ?? "ClusterIP"),
    text("Cluster-IP", "Address inside the cluster.", (object) => at(object, "spec", "clusterIP") ?? "<none>"),
    text("External-IP", "Address outside the cluster.", () => "<none>"),
    text("Port(s)", "Exposed ports.", (object) => servicePorts(at(object, "spec", "ports"))),
    ageColumn,
    wide(text("Selector", "Labels of the pods.", (object) => keyValues(at(object, "spec", "selector")))),
  ],
  Namespace: [text("Status", "Phase of the namespace.", (object) => at(object, "status", "phase") ?? ""), ageColumn],
  Node: [
    text("Status", "Whether the node takes pods.", () => "Ready"),
    text("Roles", "Roles of the node.", () => "<none>"),
    ageColumn,
    text("Version", "Version of the kubelet.", (object) => at(object, "status", "nodeInfo", "kubeletVersion") ?? ""),
  ],
  ConfigMap: [integer0("Data", "data"), ageColumn],
  Secret: [text("Type", "Type of the secret.", (object) => object["type"] ?? ""), integer0("Data", "data"), ageColumn],
  Lease: [text("Holder", "Who holds it.", (object) => at(object, "spec", "holderIdentity") ?? ""), ageColumn],
  Event: [
    {
      name: "Last Seen",
      type: "string",
      description: "Time since the last one.",
      cell: (object, now) => humanAge(textOf(object["lastTimestamp"]), now),
    },
    text("Type", "Normal or Warning.", (object) => object["type"] ?? ""),
    text("Reason", "Why.", (object) => object["reason"] ?? ""),
    text(
      "Object",
      "About what.",
      (object) => `${textOf(at(object, "involvedObject", "kind")).toLowerCase()}/${textOf(at(object, "involvedObject", "name"))}`,
    ),
    text("Message", "What happened.", (object) => object["message"] ?? ""),
  ],
  HorizontalPodAutoscaler: [
    text(
      "Reference",
      "What it scales.",
      (object) => `${textOf(at(object, "spec", "scaleTargetRef", "kind"))}/${textOf(at(object, "spec", "scaleTargetRef", "name"))}`,
    ),
    text("Targets", "Metrics and their targets.", () => "<unknown>"),
    text("MinPods", "Lower limit.", (object) => textOf(at(object, "spec", "minReplicas") ?? "<unset>")),
    integer("MaxPods", "Upper limit.", "spec", "maxReplicas"),
    integer("Replicas", "Pods there are.", "status", "currentReplicas"),
    ageColumn,
  ],
};

/** The columns of a kind as kubectl prints them. An Event is told by its message, not by its name. */
export function columnsOf(type: ResourceType): readonly Column[] {
  const own = columns[type.kind] ?? [ageColumn];
  if (type.kind === "Event") return [...own, wide(nameColumn)];
  return [nameColumn, ...own];
}

function integer0(name: string, key: string): Column {
  return {
    name,
    type: "integer",
    description: "Number of entries.",
    cell: (object) => (isObject(object[key]) ? Object.keys(object[key]).length : 0),
  };
}

function count(object: KubeObject, key: string): string {
  return textOf(at(object, "status", key) ?? 0);
}

function list(values: readonly string[] | undefined): string {
  return (values ?? []).join(",");
}

function keyValues(value: Json | undefined): string {
  if (!isObject(value)) return "<none>";
  return Object.entries(value)
    .map(([key, inner]) => `${key}=${textOf(inner)}`)
    .join(",");
}

function servicePorts(ports: Json | undefined): string {
  if (!Array.isArray(ports)) return "<none>";
  return ports.map((port) => `${textOf(at(port, "port"))}/${textOf(at(port, "protocol") ?? "TCP")}`).join(",");
}
