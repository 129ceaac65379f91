import type { DeployEvent, RevisionPods, RolloutProgress } from "../../deploy/index.ts";
import { formatDuration } from "../../retry/index.ts";
import type { Paint } from "./color.ts";
import { escapeLine } from "./control-characters.ts";

/** What goes on at this moment, for the part of the screen that is drawn again and again. */
export interface LiveState {
  readonly asking: readonly string[];
  readonly rollout:
    | { readonly stage: string; readonly startedAtMs: number; readonly timeoutMs: number; readonly progress: RolloutProgress | undefined }
    | undefined;
  readonly watch: { readonly startedAtMs: number; readonly forMs: number; readonly round: number } | undefined;
}

export const quiet: LiveState = { asking: [], rollout: undefined, watch: undefined };

/** The state after an event. Pure. */
export function nextLiveState(state: LiveState, event: DeployEvent): LiveState {
  switch (event.type) {
    case "checksStarted":
      return { ...state, asking: event.names, watch: state.watch === undefined ? undefined : { ...state.watch, round: event.round } };
    case "checked":
      return { ...state, asking: state.asking.filter((name) => name !== event.result.name) };
    case "checksEnded":
      return { ...state, asking: [] };
    case "rolloutStarted":
      return { ...state, rollout: { stage: event.stage, startedAtMs: event.sinceMs, timeoutMs: event.timeoutMs, progress: undefined } };
    case "rolloutProgress":
      return state.rollout === undefined ? state : { ...state, rollout: { ...state.rollout, progress: event.progress } };
    case "rolloutEnded":
      return { ...state, rollout: undefined };
    case "watching":
      return { ...state, watch: { startedAtMs: event.atMs, forMs: event.forMs, round: 0 } };
    case "rollingBack":
      return { ...state, watch: undefined, asking: [] };
    case "ended":
      return quiet;
    default:
      return state;
  }
}

/** Events that the live part shows, so that they do not become lines of the log as well. */
export function isShownLive(event: DeployEvent): boolean {
  if (event.type === "rolloutProgress" || event.type === "rolloutStarted") return true;
  return event.type === "checksEnded" && event.outcome === "pass";
}

export interface LiveOptions {
  readonly nowMs: number;
  readonly columns: number;
  readonly paint: Paint;
}

/** The lines of the live part; none when nothing is going on. */
export function renderLive({ asking, rollout, watch }: LiveState, { nowMs, columns, paint }: LiveOptions): readonly string[] {
  const lines: string[] = [];
  if (rollout !== undefined) {
    lines.push(
      `${paint("cyan", rollout.stage)} ${paint("dim", `${formatDuration(Math.max(0, nowMs - rollout.startedAtMs))} of at most ${formatDuration(rollout.timeoutMs)}`)}`,
    );
    lines.push(...renderRollout(rollout.progress, paint));
  }
  if (watch !== undefined && rollout === undefined) {
    const spentMs = Math.min(watch.forMs, nowMs - watch.startedAtMs);
    lines.push(
      `${paint("cyan", "watching")} ${bar(spentMs, watch.forMs)} ${watch.round === 0 ? "" : `round ${watch.round}, `}${formatDuration(Math.max(0, watch.forMs - spentMs))} left`,
    );
  }
  lines.push(...asking.map((name) => paint("dim", `  asking ${escapeLine(name)} ...`)));
  // A pseudo-terminal that nobody has sized says 0.
  return lines.map((line) => cut(line, (columns < 20 ? 80 : columns) - 1));
}

function renderRollout(progress: RolloutProgress | undefined, paint: Paint): readonly string[] {
  if (progress === undefined) return [paint("dim", "  waiting for the cluster ...")];
  const width = Math.max(...progress.revisions.map(({ replicaSet }) => replicaSet.length), 0);
  const wanted = Math.max(progress.numbers.desired, ...progress.revisions.map(({ total }) => total), 1);
  return [
    ...progress.revisions.map((revision) => renderRevision(revision, { width, wanted, paint })),
    `  ${escapeLine(progress.message)}`,
    ...progress.problems.slice(0, 2).map((problem) => paint("yellow", `  ${escapeLine(problem)}`)),
  ];
}

function renderRevision(
  { replicaSet, isNew, ready, total, terminating }: RevisionPods,
  { width, wanted, paint }: { readonly width: number; readonly wanted: number; readonly paint: Paint },
): string {
  const counts = `${ready} of ${total} ready${terminating === 0 ? "" : `, ${terminating} leaving`}`;
  return `  ${isNew ? paint("green", "new") : paint("dim", "old")} ${replicaSet.padEnd(width)} ${bar(ready, wanted)} ${counts}`;
}

const barWidth = 20;

function bar(done: number, total: number): string {
  const filled = total === 0 ? 0 : Math.round((Math.min(done, total) / total) * barWidth);
  return `${"█".repeat(filled)}${"░".repeat(barWidth - filled)}`;
}

/** A line that wraps would break the count of lines to go back. Colour codes take no room. */
function cut(line: string, columns: number): string {
  let visible = 0;
  let shown = "";
  for (const part of line.split(/(\u001b\[\d+m)/)) {
    if (part.startsWith("\u001b[")) {
      shown += part;
      continue;
    }
    shown += part.slice(0, Math.max(0, columns - visible));
    visible += part.length;
  }
  return shown;
}
