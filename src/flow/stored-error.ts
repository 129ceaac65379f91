import { redactText } from "../secrets/index.ts";
import { StepError } from "./flow-error.ts";
import type { StoredError } from "./engine.ts";

/** Longer messages are cut: an error may quote a whole answer. */
const longestMessage = 4000;

/** An error as it may be written down. */
export function toStoredError(error: unknown): StoredError {
  if (!(error instanceof Error)) return { name: "Error", message: redactText(String(error)).slice(0, longestMessage) };
  const message = redactText(error.message).slice(0, longestMessage);
  // What failed is the error behind the step: a flow that does not catch it fails for the same reason.
  if (error instanceof StepError) {
    const { errorName: name, errorCode: code, status } = error;
    return { name, message, ...(code === undefined ? {} : { code }), ...(status === undefined ? {} : { status }) };
  }
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  const status = statusOf(error);
  return { name: error.name, message, ...code, ...(status === undefined ? {} : { status }) };
}

function statusOf(error: Error): number | undefined {
  if ("status" in error && typeof error.status === "number") return error.status;
  const response = "response" in error ? error.response : undefined;
  if (typeof response !== "object" || response === null || !("status" in response)) return undefined;
  return typeof response.status === "number" ? response.status : undefined;
}
