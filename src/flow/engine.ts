/** How a step, or a run, ended in error: as it is written down, without secrets. */
export interface StoredError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  /** Of an HTTP answer. */
  readonly status?: number;
}

/** What was recorded at a place of a run. JSON texts; `undefined` is the value undefined. */
export type StepRecord =
  /** Begun: requests that may have changed something have left, and how they ended is not known. A signal that is waited for has none. */
  | { readonly state: "intent"; readonly kind: StepKind; readonly attempt: number; readonly intents: readonly Intent[] }
  | { readonly state: "done"; readonly kind: StepKind; readonly attempt: number; readonly value: string | undefined }
  | { readonly state: "failed"; readonly kind: StepKind; readonly attempt: number; readonly error: StoredError };

/** What stands at a place: a flow that asks for another kind there was changed. */
export type StepKind = "step" | "map" | "call" | "sleep" | "signal" | "value";

/** A request that was about to leave. */
export interface Intent {
  readonly method: string;
  /** Redacted. */
  readonly url: string;
  /** The Idempotency-Key that went with it. */
  readonly key: string | undefined;
  /** Idempotent by its method, or with a key that the service is known to honour. */
  readonly isRepeatable: boolean;
}

/** How a run ended. */
export type RunEnd =
  | { readonly status: "done"; readonly value: string | undefined }
  | { readonly status: "failed" | "cancelled"; readonly error: StoredError };

/** What `start` asks an engine for. */
export interface RunRequest {
  readonly id: string;
  readonly flow: string;
  /** JSON. */
  readonly input: string | undefined;
  /** Of a run that another one calls. */
  readonly parent: string | undefined;
  /** A run that failed goes on: its failed steps are forgotten. */
  readonly again: boolean;
}

/** What came of asking for a run. */
export type Begun =
  | { readonly state: "owned"; readonly run: OwnedRun }
  | { readonly state: "ended"; readonly end: RunEnd }
  /** Another process has it. Ask again when `changed` resolves. */
  | { readonly state: "elsewhere" };

/** What keeps runs: this machine's journal, or a cluster. All that `flow` needs to know of it. */
export interface Engine {
  /**
   * Begins the run, takes it up where it was left, or tells how it stands. At most one process owns a run.
   * @throws FlowError ERR_RUN_ID when the id belongs to another flow or input; JournalError
   */
  begin(request: RunRequest): Promise<Begun>;
  /** Resolves when a run that is elsewhere may have changed, or could be taken over. */
  changed(id: string, signal: AbortSignal | undefined): Promise<void>;
}

/** A run that this process owns until it ends or is released. */
export interface OwnedRun {
  readonly id: string;
  /** Aborted with the reason when the run must stop here: another process took it over, or nothing can be recorded any more. */
  readonly lost: AbortSignal;
  /** A cancellation was asked for, and not yet given to a step. */
  readonly isCancelled: boolean;
  /** Called when a cancellation is asked for. */
  onCancel: (() => void) | undefined;
  /** Milliseconds since the epoch. */
  now(): number;
  /** What was recorded at a place by an earlier process. */
  lookup(stepId: string): StepRecord | undefined | Promise<StepRecord | undefined>;
  /**
   * Resolves when it is on disk.
   * @param begunAtMs when its work began, in milliseconds since the epoch; by default now
   * @throws FlowError ERR_RUN_TAKEN_OVER when this process no longer owns the run
   */
  record(stepId: string, record: StepRecord, begunAtMs?: number): Promise<void>;
  /** A step was given the cancellation: later ones run. */
  cancellationGiven(): Promise<void>;
  /** Waits until a time; at most until the signal is aborted, whose reason it throws. */
  sleepUntil(atMs: number, signal: AbortSignal): Promise<void>;
  /** The JSON that was sent to a place of this run; waits for it. */
  receive(signalId: string, signal: AbortSignal): Promise<string | undefined>;
  /** Records how the run ended. */
  end(end: RunEnd): Promise<void>;
  /** Leaves it to whoever asks for it next. */
  release(): Promise<void>;
}
