import type { Diagnosis, Stage } from "../../doctor/index.ts";
import { formatDuration } from "../../retry/index.ts";
import type { Finding } from "../../tls/index.ts";
import type { Output } from "../io.ts";
import { painter, type Color, type Paint } from "./color.ts";
import { escapeLine } from "./control-characters.ts";
import { wrap } from "./wrap.ts";

/** How a report is to be shown. */
export interface ReportStyle {
  readonly paint: Paint;
  /** Of a line, in characters. */
  readonly columns: number;
}

/** Longer lines are hard to read, however wide the terminal. */
const widestLine = 100;

/** The style for an output. */
export function reportStyle({ hasColor, columns }: Pick<Output, "hasColor" | "columns">): ReportStyle {
  return { paint: painter(hasColor), columns: Math.min(columns, widestLine) };
}

/** The answer first, then what to do, then what was seen stage by stage, then what else was found. */
export function renderDiagnosis(diagnosis: Diagnosis, style: ReportStyle): string {
  const { answer, stages } = diagnosis;
  const others = stages.flatMap(({ findings }) => findings).filter((finding) => finding !== answer);
  return [
    renderAnswer(diagnosis, others, style),
    ...(answer === undefined ? [] : [renderRemedy(answer, style)]),
    stages.map((stage) => renderStage(stage, style)).join("\n"),
    ...(others.length === 0 ? [] : [renderFindings(others, style)]),
  ].join("\n\n");
}

function renderAnswer({ url, answer, isComplete, stages }: Diagnosis, others: readonly Finding[], { paint, columns }: ReportStyle): string {
  if (answer !== undefined) return paintLines(wrap(escapeLine(`${url}: ${answer.summary}`), { columns }), "red", paint);
  if (!isComplete) {
    const cut = stages.find(
      ({ status }, index) => status === "skipped" && stages.slice(index).every((stage) => stage.status === "skipped"),
    );
    return paint("yellow", wrap(escapeLine(`${url} could not be looked at: ${cut?.why ?? "it took too long"}.`), { columns }));
  }
  const warnings = others.filter(({ severity }) => severity === "warning").length;
  const also = warnings === 0 ? "" : `, with ${warnings} ${warnings === 1 ? "warning" : "warnings"}`;
  return paint(warnings === 0 ? "green" : "yellow", `${url} is healthy${also}.`);
}

/** Each line by itself: one that is cut out leaves no colour behind. */
export function paintLines(text: string, color: Color, paint: Paint): string {
  return text
    .split("\n")
    .map((line) => paint(color, line))
    .join("\n");
}

/** What to do about a finding, indented, with its command ready to be copied. */
export function renderRemedy({ remedy, command }: Finding, { paint, columns }: ReportStyle, indent = "  "): string {
  const lines = [wrap(escapeLine(remedy), { columns, first: indent, rest: indent })];
  // Never broken: it is there to be copied.
  for (const line of command?.split("\n") ?? []) lines.push(`${indent}${paint("dim", "$")} ${paint("bold", escapeLine(line))}`);
  return lines.join("\n");
}

const marks = { ok: ["ok", "green"], problem: ["FAILED", "red"], skipped: ["-", "dim"] } as const;
/** `proxy  FAILED   850 ms  ` */
const margin = 25;

function renderStage({ name, status, why, evidence, findings, elapsedMs }: Stage, { paint, columns }: ReportStyle): string {
  const [word, color] = marks[status];
  const took = status === "skipped" ? "" : formatDuration(elapsedMs);
  const head = `${name.padEnd(5)}  ${paint(color, word)}${" ".repeat(6 - word.length)}  ${took.padStart(8)}  `;
  // What the answer says already is repeated only where there is nothing else to show.
  const seen = evidence.length > 0 ? evidence : findings.slice(0, 1).map(({ summary }) => summary);
  const facts = why === undefined ? seen : [why];
  const space = " ".repeat(margin);
  const lines = facts.map((fact) => wrap(escapeLine(fact), { columns, first: space, rest: `${space}  ` }));
  const text = lines.join("\n").slice(margin);
  return `${head}${status === "skipped" ? paint("dim", text) : text}`.trimEnd();
}

/** Those that are not the answer. What helps against several in turn is said after the last. */
export function renderFindings(findings: readonly Finding[], style: ReportStyle): string {
  return findings
    .map((finding, index) => {
      const next = findings[index + 1];
      const isRepeated = next?.remedy === finding.remedy && next.command === finding.command;
      const isNote = finding.severity === "info" && finding.command === undefined;
      const head = renderHead(finding, style);
      return isRepeated || isNote ? head : `${head}\n${renderRemedy(finding, style)}`;
    })
    .join("\n");
}

function renderHead({ severity, summary }: Finding, { paint, columns }: ReportStyle): string {
  const label = { problem: "also:", warning: "warning:", info: "note:" }[severity];
  const color = { problem: "red", warning: "yellow", info: "cyan" } as const;
  const text = wrap(escapeLine(summary), { columns, first: `${label} `, rest: "  " });
  return `${paint(color[severity], label)}${text.slice(label.length)}`;
}
