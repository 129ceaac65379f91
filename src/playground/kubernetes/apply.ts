import type { Json } from "./json.ts";
import type { KubeObject } from "./object.ts";
import type { Registry, Target } from "./registry.ts";
import { badRequest } from "./status-error.ts";
export interface ApplyRequest {
  readonly target: Target;
  readonly patch: Json;
  readonly query: { readonly manager: string; readonly isDryRun: boolean; readonly isForced: boolean; readonly validation: string };
  readonly warnings: string[];
}
export function applyObject(registry: Registry, request: ApplyRequest): { object: KubeObject; warnings: string[]; isCreated: boolean } {
  void registry; void request;
  throw badRequest("not yet");
}
