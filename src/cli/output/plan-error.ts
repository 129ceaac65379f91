import { redactText } from "../../secrets/index.ts";
import { escapeLine } from "./control-characters.ts";

/** An error of whichever copy of errand, or of none, in a line. */
export function errorSummary(error: unknown): string {
  return escapeLine(redactText(error instanceof Error ? error.message : String(error)));
}

/** An error as JSON; undefined for none. */
export function errorJson(error: unknown): object | undefined {
  if (error === undefined) return undefined;
  if (!(error instanceof Error)) return { message: errorSummary(error) };
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return { name: error.name, code, message: redactText(error.message) };
}

/** Whether an error is that of a request that a plan held back, or was caused by one. */
export function isHeldBack(error: unknown): boolean {
  let found = error;
  // Causes can lead in a circle.
  for (let depth = 0; depth < 20 && found instanceof Error; depth += 1) {
    if ("code" in found && found.code === "ERR_HELD_BACK") return true;
    found = found.cause;
  }
  return false;
}
