import { describeChange, type CheckResult, type DeployResult, type RolloutReport } from "../../deploy/index.ts";
import { formatDuration } from "../../retry/index.ts";
import { verdictWords } from "./deploy-words.ts";

/** The result as GitHub-flavoured Markdown, for `$GITHUB_STEP_SUMMARY` and `--summary`. */
export function renderDeploySummary(result: DeployResult): string {
  const { words, icon } = verdictWords[result.verdict];
  const { target, plan } = result;
  const sections = [
    `## ${icon} ${escapeCell(`${target.namespace}/${target.deployment}`)}: ${words}`,
    `${escapeText(result.reason)}${result.next === undefined ? "" : `\n\n**Next:** ${escapeText(result.next)}`}`,
    table(
      ["", ""],
      [
        ["Cluster", result.cluster],
        ["Exit code", String(result.exitCode)],
        ["Took", formatDuration(result.elapsedMs)],
        ["Run", result.runId],
        ["File", result.file],
      ],
    ),
    list("Changes", plan?.changes.map(describeChange) ?? []),
    list(
      "Preflight",
      result.findings.map(({ level, message, remedy }) => `${level === "block" ? "blocked" : "warning"}: ${message}. ${remedy}`),
    ),
    checks("Checks before", result.before),
    rollout("Rollout", result.rollout),
    checks("Checks after, last round", result.after),
    rollout("Rollback", result.rollback),
    list(
      "Notifications",
      result.notifications.map(
        ({ to, subject, problem }) => `${to}: ${subject}${problem === undefined ? "" : ` — not delivered: ${problem}`}`,
      ),
    ),
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

function checks(title: string, results: readonly CheckResult[]): string {
  if (results.length === 0) return "";
  return `### ${title}\n\n${table(
    ["Check", "Outcome", "Evidence"],
    results.map(({ name, outcome, summary }) => [name, outcome, summary]),
  )}`;
}

function rollout(title: string, report: RolloutReport | undefined): string {
  if (report === undefined) return "";
  const rows =
    report.progress?.revisions.map(({ replicaSet, isNew, ready, total }) => [replicaSet, isNew ? "new" : "old", `${ready} of ${total}`]) ??
    [];
  const pods = rows.length === 0 ? "" : `\n\n${table(["ReplicaSet", "Revision", "Ready pods"], rows)}`;
  const log = report.badPod?.log;
  // Four spaces make a code block that no line of a log can end.
  const shown = log === undefined ? "" : `\n\nLast lines of ${escapeText(report.badPod?.pod ?? "")}:\n\n${log.replace(/^/gm, "    ")}`;
  return `### ${title}\n\n${report.outcome} after ${formatDuration(report.elapsedMs)}: ${escapeText(report.message)}${pods}${shown}`;
}

function list(title: string, items: readonly string[]): string {
  return items.length === 0 ? "" : `### ${title}\n\n${items.map((item) => `- ${escapeText(item)}`).join("\n")}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows.map((row) => row.map(escapeCell))].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function escapeCell(text: string): string {
  return escapeText(text).replaceAll("|", "\\|");
}

/** Nothing of a server's words becomes markup. */
function escapeText(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/[\\`*_[\]#]/g, "\\$&");
}
