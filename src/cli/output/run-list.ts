import type { RunSummary } from "../../flow/index.ts";
import { renderAge } from "./age.ts";
import { runDuration, runStatus } from "./run-status.ts";
import { renderTable } from "./table.ts";

/** Runs as a table, in their order. */
export function renderRuns(runs: readonly RunSummary[], nowMs: number): string {
  const rows = runs.map((run) => [
    run.id,
    run.flow,
    runStatus(run),
    `${renderAge(nowMs - run.begunAt.getTime())} ago`,
    runDuration(run, nowMs),
  ]);
  return renderTable([{ title: "RUN" }, { title: "FLOW" }, { title: "STATUS" }, { title: "BEGUN" }, { title: "TOOK" }], rows);
}

/** The same for programs; results and errors are in `runs show`. */
export function runsForPrograms(runs: readonly RunSummary[]): readonly object[] {
  return runs.map(({ id, flow, status, isCancelling, begunAt, endedAt, input }) => ({
    id,
    flow,
    status,
    isCancelling,
    begunAt,
    endedAt,
    input,
  }));
}
