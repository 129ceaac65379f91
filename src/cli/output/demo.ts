import type { Scenario } from "../demo/scenario.ts";
import type { ScenarioOutcome } from "../demo/run-scenario.ts";
import type { Paint } from "./color.ts";
import { escapeControls } from "./control-characters.ts";
import { verdictWords } from "./deploy-words.ts";
import { renderTable } from "./table.ts";

export interface ScenarioHead {
  readonly scenario: Scenario;
  readonly number: number;
  /** The deploy file, as far as it differs from scenario to scenario. */
  readonly file: string;
}

/** The heading of a scenario, its story and the deploy file. */
export function renderScenarioHead({ scenario: { title, story, fileName }, number, file }: ScenarioHead, paint: Paint): string {
  const head = `Scenario ${number}: ${title}`;
  const shown = file.trimEnd().replace(/^/gm, "  ");
  return [
    "",
    paint("bold", `${head}\n${"=".repeat(head.length)}`),
    story,
    "",
    paint("dim", shown),
    "",
    `$ errand deploy ${fileName} --yes`,
  ].join("\n");
}

/** What arrived in Slack. */
export function renderInbox(messages: readonly string[], paint: Paint): string {
  if (messages.length === 0) return "";
  return [
    "",
    paint("magenta", "In Slack:"),
    ...messages.map((text) => escapeControls(unescapeSlack(text)).replace(/^/gm, paint("magenta", "  | "))),
  ].join("\n");
}

/** The end of the demo: one line for each scenario. */
export function renderDemoTable(outcomes: readonly ScenarioOutcome[], paint: Paint): string {
  const columns = [
    { title: "SCENARIO" },
    { title: "VERDICT" },
    { title: "EXIT CODE", align: "right" },
    { title: "SLACK", align: "right" },
    { title: "NEW REVISIONS", align: "right" },
    { title: "" },
  ] as const;
  const rows = outcomes.map(({ scenario, end, differences }) => [
    scenario.title,
    verdictWords[end.verdict].words,
    String(end.exitCode),
    String(end.slackMessages),
    String(end.newRevisions),
    differences.length === 0 ? "as expected" : `WRONG: ${differences.join(", ")}`,
  ]);
  const isRight = outcomes.every(({ differences }) => differences.length === 0);
  return [
    "",
    renderTable(columns, rows),
    "",
    isRight ? paint("green", "Every scenario ended as it must.") : paint("red", "A scenario did not end as it must."),
  ].join("\n");
}

/** As Slack shows it. */
function unescapeSlack(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
