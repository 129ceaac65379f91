import type { JsonObject } from "../json.ts";
import type { KubeObject } from "../object.ts";
import { type IncludeObject, toPartial, toTable } from "../table/table.ts";
import { invalid, unsupportedField } from "../status-error.ts";
import { type Accepted, negotiate } from "./accept.ts";
import type { Call } from "./call.ts";
import { listDocument, type Page } from "./list.ts";
import type { ResourceRoute } from "./route.ts";

/** How one request wants its objects: whole, as metadata, or as rows of a table. */
export interface Presentation {
  readonly accepted: Accepted;
  object(object: KubeObject): JsonObject;
  page(page: Page): JsonObject;
}

export function presentationOf(call: Call, route: ResourceRoute, nowMs: number): Presentation {
  const accepted = negotiate(call.headers.accept);
  const include = includeOf(call);
  if (accepted.as === "Table") {
    const table = (objects: readonly KubeObject[], metadata: JsonObject): JsonObject =>
      toTable(objects, { type: route.type, metadata, include, nowMs });
    return {
      accepted,
      object: (object) => table([object], { resourceVersion: object.metadata.resourceVersion }),
      page: ({ objects, metadata }) => table(objects, metadata),
    };
  }
  if (accepted.as === "PartialObjectMetadata") {
    return {
      accepted,
      object: toPartial,
      page: ({ objects, metadata }) => ({
        kind: "PartialObjectMetadataList",
        apiVersion: "meta.k8s.io/v1",
        metadata,
        items: objects.map((object) => toPartial(object)),
      }),
    };
  }
  return { accepted, object: (object) => object, page: (page) => listDocument(page, route) };
}

function includeOf({ query }: Call): IncludeObject {
  const value = query.get("includeObject") ?? "";
  if (value === "" || value === "Metadata") return "Metadata";
  if (value === "Object" || value === "None") return value;
  const error = unsupportedField("includeObject", value, ["Metadata", "None", "Object"]);
  throw invalid({ group: "meta.k8s.io", kind: "TableOptions", name: "" }, [error]);
}
