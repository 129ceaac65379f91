import type { CatalogEntry } from "./catalog-entry.ts";

/** The codes of durable runs and their journal, for {@link catalog}. */
export const flowCatalog = {
  ERR_OUTSIDE_STEP: {
    title: "A request inside a durable run, but outside its steps",
    meaning: "Only what a step does is recorded. A request between steps would be sent again whenever the run is resumed.",
    remedy: 'Put it into a step: run.step("name", () => session.get(url).json()).',
    exitCode: 64,
  },
  ERR_HELD_BACK: {
    title: "A plan held the request back",
    meaning:
      "In a plan (errand run --plan, flow.plan, plan) nothing is changed: a request that would change something is listed, not sent.",
    remedy:
      "Run it without the plan. A request that changes nothing although its method might, such as a search by POST, is marked safe: true; a service with dry runs gets them by the dryRun option.",
    exitCode: 1,
  },
  ERR_STEP_NAME: {
    title: "Two steps of one name at the same time",
    meaning: "A step is found again by its place. Two of one name in flight in one scope could be taken for each other after a crash.",
    remedy: "Use run.map, which gives each item a scope of its own, or give the steps different names.",
    exitCode: 64,
  },
  ERR_STEP_KEY: {
    title: "Two equal requests at the same time in one step",
    meaning: "The idempotency key is made of run, step, method, URL and count; two in flight could change places after a crash.",
    remedy: "Give each an idempotencyKey of its own, or make them one after the other.",
    exitCode: 64,
  },
  ERR_FLOW_CHANGED: {
    title: "The run cannot go on as the flow is now",
    meaning: "What was recorded does not fit what the flow asks for: another list in a map, another kind of step under the same name.",
    remedy: "Resume with the flow as it was, or begin a new run under another id. A list that may change belongs into a step of its own.",
    exitCode: 64,
  },
  ERR_NOT_JSON: {
    title: "A value that the journal cannot hold",
    meaning: "Inputs and results are recorded as JSON, and given back exactly. Dates, Maps, responses, NaN and functions are not JSON.",
    remedy: "The message names the place. Return what is needed of it: response.json(), date.toISOString().",
    exitCode: 64,
  },
  ERR_SECRET_RECORDED: {
    title: "A secret would have been recorded",
    meaning: "The input or a step's result holds the value of a secret that this process opened. The journal keeps values as they are.",
    remedy: "The message names the field. Leave it out, and let the step that needs the secret open it.",
    exitCode: 64,
  },
  ERR_STEP_FAILED: {
    title: "A step of a run failed for good",
    meaning: "Its retries are exhausted, its error is terminal, or repeating it could do something twice. The failure is recorded.",
    remedy:
      "error.errorName, error.errorCode and error.status say what it was. Catch it in the flow where the run can do without the step.",
    exitCode: 1,
  },
  ERR_STEP_TIMEOUT: {
    title: "A step took longer than its timeout",
    meaning: "`timeout` bounds one attempt at a step; its requests were aborted.",
    remedy: "Raise the step's timeout, or divide the step.",
    exitCode: 2,
  },
  ERR_STEP_UNCERTAIN: {
    title: "Nobody knows whether a step was done",
    meaning: "The process died after the step had begun a request that cannot simply be repeated. The run waits for a decision.",
    remedy: 'Find out, then start the run again with the same id and uncertain: "repeat" or "skip"; or give the step onUncertain.',
    exitCode: 14,
  },
  ERR_RUN_FAILED: {
    title: "The run failed",
    meaning: "The flow ended with an error. The journal keeps what was done.",
    remedy: "The message has the error. Start it again with the same id and again: true, or begin a new run.",
    exitCode: 1,
  },
  ERR_RUN_SUSPENDED: {
    title: "The run was suspended",
    meaning: "The signal given to start() was aborted. Steps that were done stay done.",
    remedy: "Start it again with the same id to go on.",
    exitCode: 130,
  },
  ERR_RUN_CANCELLED: {
    title: "The run was cancelled",
    meaning: "Somebody cancelled it; what the flow does in its finally blocks was done.",
    remedy: "Begin a new run under another id.",
    exitCode: 1,
  },
  ERR_RUN_TAKEN_OVER: {
    title: "Another process runs this run now",
    meaning: "This process was silent for longer than its lease, so another went on. Nothing more was recorded here.",
    remedy: "Start it again with the same id: it attaches to the other process, and gives its result.",
    exitCode: 1,
  },
  ERR_RUN_ID: {
    title: "The run id cannot be used",
    meaning: "A run of this id exists with another flow or another input, or its result was pruned.",
    remedy: "Use another id for another input; the same id always means the same run.",
    exitCode: 64,
  },
  ERR_JOURNAL: {
    title: "The journal of runs cannot be used",
    meaning: "SQLite could not open, read or write the file. Nothing that was recorded is lost.",
    remedy: "The message has SQLite's own words. Check the path, or give another: the journal option, or $ERRAND_HOME.",
    exitCode: 1,
  },
  ERR_JOURNAL_MISSING: {
    title: "There is no journal of runs",
    meaning: "Runs were asked about in a place where none has been recorded yet. Looking does not make the file.",
    remedy: "Go to the project whose runs are meant, or name its file: --journal FILE, or $ERRAND_HOME.",
    exitCode: 1,
  },
  ERR_FLOW_MODULE: {
    title: "The file with the flow cannot be loaded",
    meaning:
      "The module that `errand run` was given has an error, imports something that is not there, or exports no flow. Nothing was started.",
    remedy: "The message names file and line. Node strips types and runs the rest: enums, namespaces and decorators are not types.",
    exitCode: 64,
  },
  ERR_JOURNAL_CORRUPT: {
    title: "The journal is damaged, or no journal",
    meaning: "The file is not a database, belongs to another program, or its pages are damaged. It was not changed.",
    remedy: "Move it away with its -wal and -shm files and keep it: sqlite3 FILE .recover often reads what is left.",
    exitCode: 1,
  },
  ERR_JOURNAL_FULL: {
    title: "No room for the journal",
    meaning: "The disk or the quota is full. What was recorded before stays; the run stopped, for it could not write down what it does.",
    remedy: "Make room, then start the run again with the same id.",
    exitCode: 1,
  },
  ERR_JOURNAL_READ_ONLY: {
    title: "The journal cannot be written",
    meaning: "The file or its directory is read-only for this user.",
    remedy: "Change its owner or permissions, or give another: the journal option, or $ERRAND_HOME.",
    exitCode: 1,
  },
  ERR_JOURNAL_LOCKED: {
    title: "Another program holds the journal",
    meaning: "The file stayed locked for longer than errand waits.",
    remedy: "Find who holds it, e.g. fuser FILE: a backup or an open sqlite3 shell. Then start the run again with the same id.",
    exitCode: 1,
  },
  ERR_JOURNAL_TOO_NEW: {
    title: "A newer errand wrote the journal",
    meaning: "Its schema is of a later version. It was not changed.",
    remedy: "Update errand, or give another file: the journal option, or $ERRAND_HOME.",
    exitCode: 64,
  },
} as const satisfies Record<string, CatalogEntry>;
