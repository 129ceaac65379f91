import { catalog, ErrandError, type ErrorCode } from "../../errors/index.ts";
import { sourcePlace } from "./source-place.ts";

/** An error of a module's own copy of errand, as one of this program's; others stay as they are. */
export function ownError(error: unknown): unknown {
  if (error instanceof ErrandError || !(error instanceof Error)) return error;
  const code = "code" in error ? error.code : undefined;
  if (!isCode(code)) return error;
  const hint = "hint" in error && typeof error.hint === "string" ? error.hint : undefined;
  return new ErrandError({ code, message: error.message, hint, cause: error });
}

/** The code of an error, whatever copy of errand made it. */
export function codeOf(error: unknown): ErrorCode | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return isCode(code) ? code : undefined;
}

/** Where the author's code went wrong, for what is no error of the network or of errand: `file:line:column`. */
export function defectPlace(error: unknown): string | undefined {
  let root = error;
  while (root instanceof Error && codeOf(root) !== undefined && root.cause !== undefined) root = root.cause;
  return root instanceof Error && codeOf(root) === undefined ? sourcePlace(root) : undefined;
}

function isCode(code: unknown): code is ErrorCode {
  return typeof code === "string" && Object.hasOwn(catalog, code);
}
