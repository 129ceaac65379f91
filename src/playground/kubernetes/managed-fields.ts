import type { JsonObject } from "./json.ts";
import type { KubeObject } from "./object.ts";
import type { ResourceType } from "./resource-type.ts";

export interface FieldWrite {
  readonly manager: string;
  readonly type: ResourceType;
  readonly now: number;
  readonly subresource?: string;
  readonly applied?: JsonObject;
}
export function trackFields(previous: KubeObject | undefined, next: KubeObject, write: FieldWrite): KubeObject {
  void previous; void write;
  return next;
}
