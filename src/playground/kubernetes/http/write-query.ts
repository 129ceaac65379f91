import { type FieldError, forbiddenField, invalid, requiredField, unsupportedField } from "../status-error.ts";
import { type Call, managerOf } from "./call.ts";

export type FieldValidation = "Strict" | "Warn" | "Ignore";

/** The query parameters of a write. */
export interface WriteQuery {
  readonly manager: string;
  readonly isDryRun: boolean;
  readonly validation: FieldValidation;
  readonly isForced: boolean;
}

export type OptionsKind = "CreateOptions" | "UpdateOptions" | "PatchOptions" | "DeleteOptions";

/** Reads and checks them; a wrong one is 422 Invalid. */
export function readWriteQuery(call: Call, kind: OptionsKind, isApply = false): WriteQuery {
  const { query } = call;
  const errors: FieldError[] = [];
  const dryRuns = query.getAll("dryRun").filter((value) => value !== "");
  for (const value of dryRuns) if (value !== "All") errors.push(unsupportedField("dryRun", value, ["All"]));
  const manager = query.get("fieldManager") ?? "";
  if (isApply && manager === "") errors.push(requiredField("fieldManager", "is required for apply patch"));
  if (manager.length > 128)
    errors.push({ field: "fieldManager", reason: "FieldValueInvalid", message: "Too long: may not be more than 128 bytes" });
  const validation = query.get("fieldValidation") ?? "";
  if (!["", "Ignore", "Strict", "Warn"].includes(validation)) {
    errors.push(unsupportedField("fieldValidation", validation, ["Ignore", "Strict", "Warn"]));
  }
  const isForced = query.get("force") === "true";
  if (kind === "PatchOptions" && query.has("force") && !isApply)
    errors.push(forbiddenField("force", "may not be specified for non-apply patch"));
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind, name: "" }, errors);
  return { manager: managerOf(call), isDryRun: dryRuns.length > 0, validation: asValidation(validation), isForced };
}

function asValidation(text: string): FieldValidation {
  return text === "Strict" || text === "Ignore" ? text : "Warn";
}
