import { describeChange, type DeployEvent, type PreflightFinding, type RolloutReport } from "../../deploy/index.ts";
import { formatDuration } from "../../retry/index.ts";
import type { Paint } from "./color.ts";
import { escapeControls, escapeLine } from "./control-characters.ts";
import { renderCheck, renderRevisions } from "./deploy-words.ts";

/** An event as lines of a log; undefined for events that say nothing on their own. The end is rendered by deploy-result.ts. */
export function renderDeployLine(event: DeployEvent, paint: Paint): string | undefined {
  switch (event.type) {
    case "started":
      return `${paint("bold", `deploy ${event.target.namespace}/${event.target.deployment}`)} on ${event.cluster} ${paint("dim", `(${event.file}, run ${event.runId})`)}`;
    case "preflight":
      return event.findings.length === 0 ? "preflight: nothing against it" : ["preflight:", ...event.findings.map((finding) => renderFinding(finding, paint))].join("\n");
    case "planned":
      return ["plan:", ...(event.plan.isAttached ? ["  this run's change is there already: going on with it"] : event.plan.changes.map((change) => `  ${describeChange(change)}`))].join("\n");
    case "serverDifference":
      return renderDifference(event, paint);
    case "checksStarted":
      return event.stage === "before" ? "checks before the change:" : undefined;
    case "checked":
      return event.stage === "before" || event.result.outcome !== "pass" ? `  ${renderCheck(event.result, paint)}` : undefined;
    case "checksEnded":
      return event.stage === "after" ? `  round ${event.round}: ${event.outcome === "pass" ? paint("green", "all pass") : paint("yellow", event.outcome)}` : undefined;
    case "proceeding":
      return paint("yellow", `going on: ${event.reason}`);
    case "patched":
      return [`patched: generation ${event.generation}${event.tries === 1 ? "" : ` (${event.tries} tries)`}`, ...event.warnings.map((text) => paint("yellow", `  server: ${escapeLine(text)}`))].join("\n");
    case "attached":
      return `found this run's change: generation ${event.generation}`;
    case "rolloutStarted":
      return `${event.stage} (at most ${formatDuration(event.timeoutMs)}):`;
    case "rolloutProgress":
      return `  ${escapeLine(event.progress.message)}${event.progress.revisions.length === 0 ? "" : paint("dim", ` [${renderRevisions(event.progress)}]`)}`;
    case "rolloutEnded":
      return renderRolloutEnd(event.report, paint);
    case "watching":
      return `checks after the change, every ${formatDuration(event.everyMs)} for ${formatDuration(event.forMs)}:`;
    case "rollingBack":
      return paint("yellow", `rolling back to ${event.replicaSet ?? `${event.replicas ?? "?"} replicas`}`);
    case "notified": {
      const { to, subject, problem } = event.notification;
      return problem === undefined ? `told ${to}: ${subject}` : paint("yellow", `${to} was not told: ${escapeLine(problem)}`);
    }
    case "ended":
      return undefined;
  }
}

function renderFinding({ level, message, remedy }: PreflightFinding, paint: Paint): string {
  const word = level === "block" ? paint("red", "blocked") : paint("yellow", "warning");
  return `  ${word}: ${escapeLine(message)}. ${escapeLine(remedy)}`;
}

function renderDifference({ differences, warnings }: DeployEvent & { readonly type: "serverDifference" }, paint: Paint): string {
  const changed = differences.map(({ path, from, to }) => {
    const lines = [from === undefined ? "" : paint("red", `  - ${path}: ${escapeLine(from)}`), to === undefined ? "" : paint("green", `  + ${path}: ${escapeLine(to)}`)];
    return lines.filter((line) => line !== "").join("\n");
  });
  return ["the server would change:", ...changed, ...warnings.map((text) => paint("yellow", `  warning: ${escapeLine(text)}`))].join("\n");
}

function renderRolloutEnd({ outcome, message, badPod, elapsedMs }: RolloutReport, paint: Paint): string {
  const head = outcome === "complete" ? paint("green", `  up after ${formatDuration(elapsedMs)}: ${message}`) : paint("red", `  ${outcome} after ${formatDuration(elapsedMs)}: ${escapeLine(message)}`);
  const log = badPod?.log === undefined ? [] : [`  last lines of ${badPod.pod}:`, ...escapeControls(badPod.log).split("\n").map((line) => paint("dim", `    ${line}`))];
  return [head, ...log].join("\n");
}
