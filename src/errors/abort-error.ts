import { RequestError } from "./request-error.ts";

/** The caller's AbortSignal was aborted; `cause` is its reason. */
export class AbortError extends RequestError {
  declare readonly code: "ERR_ABORTED";
}
