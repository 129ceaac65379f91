import { describeChange, type DeployEvent, type PreflightFinding, type RolloutReport } from "../../deploy/index.ts";
import { formatDuration } from "../../retry/index.ts";
import type { Paint } from "./color.ts";
import { escapeControls, escapeLine } from "./control-characters.ts";
import { renderRunLine } from "./deploy-run-line.ts";
import { renderCheck, renderRevisions } from "./deploy-words.ts";

type EventOf<T extends DeployEvent["type"]> = Extract<DeployEvent, { readonly type: T }>;

/** An event as lines of a log; undefined for events that say nothing on their own. */
export function renderDeployLine(event: DeployEvent, paint: Paint): string | undefined {
  switch (event.type) {
    case "started":
      return renderStart(event, paint);
    case "preflight":
      return renderPreflight(event, paint);
    case "planned":
      return renderPlan(event);
    case "serverDifference":
      return renderDifference(event, paint);
    case "checksStarted":
    case "checked":
    case "checksEnded":
      return renderChecks(event, paint);
    case "proceeding":
      return paint("yellow", `going on: ${escapeLine(event.reason)}`);
    case "patched":
      return renderPatched(event, paint);
    case "attached":
      return `found this run's ${event.what}: generation ${event.generation}`;
    case "rolloutStarted":
      return `${event.stage} (at most ${formatDuration(event.timeoutMs)}):`;
    case "rolloutProgress":
      return renderProgress(event, paint);
    case "rolloutEnded":
      return renderRolloutEnd(event.report, paint);
    case "watching":
      return `checks after the change, every ${formatDuration(event.everyMs)} for ${formatDuration(event.forMs)}:`;
    case "rollingBack":
      return paint("yellow", `rolling back to ${event.replicaSet ?? `${event.replicas ?? "?"} replicas`}`);
    case "warned":
      return paint("yellow", `warning: ${escapeLine(event.message)}`);
    case "notified":
      return renderNotified(event, paint);
    default:
      return renderRunLine(event);
  }
}

function renderStart({ target, cluster, file, runId, isRecorded, undoes }: EventOf<"started">, paint: Paint): string {
  const what = undoes === undefined ? "deploy" : `roll back ${undoes}:`;
  const title = paint("bold", `${what} ${target.namespace}/${target.deployment}`);
  return `${title} on ${cluster} ${paint("dim", `(${file}, run ${runId}${isRecorded ? ", resumable" : ""})`)}`;
}

function renderPreflight({ findings }: EventOf<"preflight">, paint: Paint): string {
  if (findings.length === 0) return "preflight: nothing against it";
  return ["preflight:", ...findings.map((finding) => renderFinding(finding, paint))].join("\n");
}

function renderPlan({ plan }: EventOf<"planned">): string {
  const found =
    plan.found === "rolledBack"
      ? "this run's change was rolled back already: going on with that"
      : "this run's change is there already: going on with it";
  const lines = plan.isAttached ? [found] : plan.changes.map(describeChange);
  return ["plan:", ...lines.map((line) => `  ${escapeLine(line)}`)].join("\n");
}

function renderChecks(event: EventOf<"checksStarted" | "checked" | "checksEnded">, paint: Paint): string | undefined {
  const isBefore = event.stage === "before";
  if (event.type === "checksStarted") return isBefore ? "checks before the change:" : undefined;
  if (event.type === "checksEnded") return isBefore ? undefined : renderRound(event, paint);
  return isBefore || event.result.outcome !== "pass" ? `  ${renderCheck(event.result, paint)}` : undefined;
}

function renderRound({ round, outcome }: EventOf<"checksEnded">, paint: Paint): string {
  return `  round ${round}: ${outcome === "pass" ? paint("green", "all pass") : paint("yellow", outcome)}`;
}

function renderPatched({ generation, tries, warnings }: EventOf<"patched">, paint: Paint): string {
  const head = `patched: generation ${generation}${tries === 1 ? "" : ` (${tries} tries)`}`;
  return [head, ...warnings.map((text) => paint("yellow", `  server: ${escapeLine(text)}`))].join("\n");
}

function renderProgress({ progress }: EventOf<"rolloutProgress">, paint: Paint): string {
  const pods = progress.revisions.length === 0 ? "" : paint("dim", ` [${renderRevisions(progress)}]`);
  return `  ${escapeLine(progress.message)}${pods}`;
}

function renderNotified({ notification: { to, subject, problem, note } }: EventOf<"notified">, paint: Paint): string {
  if (problem !== undefined) return paint("yellow", `${to} was not told: ${escapeLine(problem)}`);
  return `told ${to}: ${escapeLine(subject)}${note === undefined ? "" : paint("dim", ` (${escapeLine(note)})`)}`;
}

function renderFinding({ level, message, remedy }: PreflightFinding, paint: Paint): string {
  const word = level === "block" ? paint("red", "blocked") : paint("yellow", "warning");
  return `  ${word}: ${escapeLine(message)}. ${escapeLine(remedy)}`;
}

function renderDifference({ differences, warnings }: EventOf<"serverDifference">, paint: Paint): string {
  const changed = differences.map(({ path, from, to }) => {
    const lines = [
      from === undefined ? "" : paint("red", `  - ${path}: ${escapeLine(from)}`),
      to === undefined ? "" : paint("green", `  + ${path}: ${escapeLine(to)}`),
    ];
    return lines.filter((line) => line !== "").join("\n");
  });
  return ["the server would change:", ...changed, ...warnings.map((text) => paint("yellow", `  warning: ${escapeLine(text)}`))].join("\n");
}

function renderRolloutEnd({ outcome, message, badPod, elapsedMs }: RolloutReport, paint: Paint): string {
  const head =
    outcome === "complete"
      ? paint("green", `  up after ${formatDuration(elapsedMs)}: ${message}`)
      : paint("red", `  ${outcome} after ${formatDuration(elapsedMs)}: ${escapeLine(message)}`);
  const log =
    badPod?.log === undefined
      ? []
      : [
          `  last lines of ${badPod.pod}:`,
          ...escapeControls(badPod.log)
            .split("\n")
            .map((line) => paint("dim", `    ${line}`)),
        ];
  return [head, ...log].join("\n");
}
