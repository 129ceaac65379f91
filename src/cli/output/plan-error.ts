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
