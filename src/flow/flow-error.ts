import { ErrandError, type ErrandErrorInit } from "../errors/index.ts";
import type { Intent, StoredError } from "./engine.ts";

/** A run that cannot be begun, cannot go on, or was stopped; `code` says why. */
export class FlowError extends ErrandError {
  /** Undefined before there was one. */
  readonly runId: string | undefined;

  constructor({ runId, ...init }: ErrandErrorInit & { readonly runId?: string }) {
    super(init);
    this.runId = runId;
  }
}

/**
 * Thrown by a step that need not be tried again: it fails at once, and stays failed when the run is resumed.
 *
 * @example
 * if (response.status === 404) throw new TerminalError(`there is no user ${id}`);
 */
export class TerminalError extends Error {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    Object.defineProperty(this, "name", { value: "TerminalError", enumerable: false, configurable: true, writable: true });
  }
}

interface FailureInit {
  readonly runId: string;
  readonly error: StoredError;
  readonly message: string;
  readonly hint?: string;
  readonly cause?: unknown;
}

/** What a failed step or run tells of the error behind it; the same when the failure is read from the journal. */
class RecordedFailure extends FlowError {
  declare readonly runId: string;
  /** The class of the error behind it. */
  readonly errorName: string;
  /** Its `code`, where it had one. */
  readonly errorCode: string | undefined;
  /** Of the HTTP answer, where that was the error. */
  readonly status: number | undefined;

  constructor({ error, ...init }: FailureInit & { readonly code: "ERR_STEP_FAILED" | "ERR_RUN_FAILED" | "ERR_RUN_CANCELLED" }) {
    super(init);
    this.errorName = error.name;
    this.errorCode = error.code;
    this.status = error.status;
  }
}

/** A step failed for good. The same fields when the run is resumed; only `cause` is there but once. */
export class StepError extends RecordedFailure {
  readonly stepId: string;

  constructor({ stepId, ...init }: FailureInit & { readonly stepId: string }) {
    super({ code: "ERR_STEP_FAILED", ...init });
    this.stepId = stepId;
  }
}

/** A run ended with an error, now or earlier, or was cancelled. */
export class RunError extends RecordedFailure {
  constructor(init: FailureInit & { readonly isCancelled?: boolean }) {
    const { isCancelled = false, ...rest } = init;
    super({ code: isCancelled ? "ERR_RUN_CANCELLED" : "ERR_RUN_FAILED", ...rest });
  }
}

/** A step that may have been done or not: somebody has to decide. The run is resumable. */
export class UncertainStepError extends FlowError {
  declare readonly runId: string;
  readonly stepId: string;
  /** The requests whose outcome is not known. */
  readonly intents: readonly Intent[];

  constructor({ runId, stepId, intents }: { readonly runId: string; readonly stepId: string; readonly intents: readonly Intent[] }) {
    const requests = intents.map(({ method, url }) => `${method} ${url}`).join(", ");
    super({
      code: "ERR_STEP_UNCERTAIN",
      message: `Run ${runId}: step ${stepId} was interrupted after it began ${requests}; whether that was done is not known`,
      hint: `Find out, then start the run again with id ${JSON.stringify(runId)} and uncertain: "repeat" or "skip".`,
      runId,
    });
    this.stepId = stepId;
    this.intents = intents;
  }
}

/** The journal's file cannot be used; `code` says why. What was recorded in it is not lost. */
export class JournalError extends ErrandError {
  readonly file: string;

  constructor({ file, ...init }: ErrandErrorInit & { readonly file: string }) {
    super(init);
    this.file = file;
  }
}
