import { InvalidRequestError, type Attempt } from "../../../errors/index.ts";
import type { Duration } from "../../../retry/index.ts";

/** What every call takes. */
export interface CallOptions {
  /** Cancels the call. @default none */
  readonly signal?: AbortSignal;
  /** One attempt. @default "40s": the API server itself ends a write after 34 s */
  readonly timeout?: Duration;
  /** All attempts together. @default none */
  readonly deadline?: Duration;
  /** Sees every attempt as it ends. */
  readonly onAttempt?: (attempt: Attempt) => void;
  /** Sees what the answer says beside its object. */
  readonly onAnswer?: (answer: Answer) => void;
}

/** What an answer says beside its object. */
export interface Answer {
  readonly status: number;
  /** The Date header (whole seconds), in milliseconds since the epoch: `patchedAtMs` of {@link checkRollout}. */
  readonly serverTimeMs: number;
  /** Of this answer. */
  readonly warnings: readonly string[];
  readonly auditId: string | undefined;
}

/** Options of a call in a namespace. */
export interface NamespaceOptions extends CallOptions {
  /** @default the cluster's own */
  readonly namespace?: string;
}

/** Which objects of a list are wanted. */
export interface ListOptions extends NamespaceOptions {
  /** Instead of one namespace. @default false */
  readonly allNamespaces?: boolean;
  /** As text (`app=web,tier in (a,b)`), see {@link formatLabelSelector}. */
  readonly labelSelector?: string;
  /** `metadata.name=web`, `status.phase=Running`: which fields there are depends on the kind. */
  readonly fieldSelector?: string;
  /** Objects a page. @default 500 */
  readonly limit?: number;
}

/** Of a write. */
export interface WriteOptions extends NamespaceOptions {
  /** `"All"`: the server checks and answers, but stores nothing. */
  readonly dryRun?: "All";
  /** Who the changed fields belong to from then on: at most 128 printable characters. @default "errand" */
  readonly fieldManager?: string;
  /** What becomes of unknown and duplicate fields; servers before 1.25 drop them silently. @default "Strict" */
  readonly fieldValidation?: "Strict" | "Warn" | "Ignore";
}

const DEFAULT_FIELD_MANAGER = "errand";
/** What Go's unicode.IsPrint takes, up to 128 runes: the server checks so. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]{1,128}$/u;

/** The query of a write. @throws InvalidRequestError (ERR_INVALID_OPTION) for values that the server would refuse, or worse, ignore. */
export function writeParams({
  dryRun,
  fieldManager = DEFAULT_FIELD_MANAGER,
  fieldValidation = "Strict",
}: WriteOptions): Record<string, string | undefined> {
  checkDryRun(dryRun);
  if (typeof fieldManager !== "string" || !PRINTABLE.test(fieldManager)) {
    throw optionError("fieldManager takes 1 to 128 printable characters");
  }
  if (!["Strict", "Warn", "Ignore"].includes(fieldValidation)) throw optionError('fieldValidation takes "Strict", "Warn" or "Ignore"');
  return { dryRun, fieldManager, fieldValidation };
}

/** A mistyped dryRun must not become a real write. */
export function checkDryRun(dryRun: unknown): void {
  if (dryRun !== undefined && dryRun !== "All") throw optionError(`dryRun takes "All", or is left out, not ${JSON.stringify(dryRun)}`);
}

export function optionError(message: string, hint?: string): InvalidRequestError {
  return new InvalidRequestError({ code: "ERR_INVALID_OPTION", message: `kubernetes: ${message}`, hint });
}
