import { deployShape } from "./deploy-shape.ts";
import type { JsonSchema } from "./shape/shape.ts";

/**
 * The JSON Schema (draft 2020-12) of deploy files, for editors; made from the table that reads them.
 *
 * It is a little looser than `errand deploy check`, which also refuses literal credentials in headers and knows relations between keys.
 */
export function deploySchema(): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "errand deploy file",
    description: "A guarded change of a Kubernetes Deployment: checks, one patch, a watched rollout, checks again, rollback.",
    ...deployShape.schema,
  };
}
