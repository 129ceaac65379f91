import type { RunSummary } from "../../flow/index.ts";
import { formatDuration } from "../../retry/index.ts";
import type { Color } from "./color.ts";

/** What a run is doing, in a word. */
export function runStatus({ status, isCancelling }: Pick<RunSummary, "status" | "isCancelling">): string {
  return isCancelling ? "cancelling" : status;
}

export const statusColors: Readonly<Record<string, Color>> = {
  running: "cyan",
  done: "green",
  failed: "red",
  interrupted: "yellow",
  suspended: "yellow",
  cancelling: "yellow",
};

/** How long it took; of one that is under way, how long since. A run that nobody has takes no time. */
export function runDuration({ status, begunAt, endedAt }: Pick<RunSummary, "status" | "begunAt" | "endedAt">, nowMs: number): string {
  if (endedAt !== undefined) return formatDuration(endedAt.getTime() - begunAt.getTime());
  return status === "running" ? formatDuration(nowMs - begunAt.getTime()) : "";
}
