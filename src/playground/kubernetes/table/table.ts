import type { JsonObject } from "../json.ts";
import type { KubeObject } from "../object.ts";
import type { ResourceType } from "../resource-type.ts";
import { columnsOf } from "./columns.ts";

export type IncludeObject = "Metadata" | "Object" | "None";

export interface TableOptions {
  readonly type: ResourceType;
  readonly metadata: JsonObject;
  readonly include: IncludeObject;
  readonly nowMs: number;
}

/** metav1.Table: what kubectl prints. https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables */
export function toTable(objects: readonly KubeObject[], { type, metadata, include, nowMs }: TableOptions): JsonObject {
  const columns = columnsOf(type);
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: columns.map(({ name, type: columnType, description, isWide }) => ({
      name,
      type: columnType,
      format: name === "Name" ? "name" : "",
      description,
      priority: isWide === true ? 1 : 0,
    })),
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, nowMs)),
      ...(include === "None" ? {} : { object: include === "Object" ? object : toPartial(object) }),
    })),
  };
}

/** PartialObjectMetadata: the metadata alone. */
export function toPartial(object: KubeObject): JsonObject {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata };
}
