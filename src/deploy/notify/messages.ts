import { redactText } from "../../secrets/index.ts";
import type { CheckResult } from "../checks/check-result.ts";
import type { DeployFile } from "../file/deploy-file.ts";
import { describeChange, type DeployPlan } from "../plan/deploy-plan.ts";
import type { Verdict } from "../result.ts";
import type { RolloutReport } from "../rollout/rollout-report.ts";
import type { Message } from "./message.ts";

/** What every message of a run has in common. */
export interface MessageFrame {
  readonly file: DeployFile;
  readonly cluster: string;
  readonly runId: string;
  readonly startedAtMs: number;
  readonly plan: DeployPlan | undefined;
}

type Content = Pick<Message, "id" | "triggers" | "tone" | "subject" | "lines" | "next">;

/** A check of `before` did not pass. */
export function criticalMessage(frame: MessageFrame, results: readonly CheckResult[], decision: "stop" | "proceed"): Message {
  const bad = results.filter(({ outcome }) => outcome !== "pass");
  const isCritical = bad.some(({ outcome }) => outcome === "fail");
  const state = isCritical ? "health is critical" : "health is not known";
  const proceeds = decision === "proceed";
  return build(frame, {
    id: "critical",
    triggers: ["critical"],
    tone: isCritical ? "bad" : "unclear",
    subject: `${titleOf(frame)}: ${state}, ${proceeds ? "changing it all the same" : "nothing was changed"}`,
    lines: bad.map(describeResult),
    next: proceeds ? `onCritical: proceed. Now: ${changesOf(frame)}.` : `Not done: ${changesOf(frame)}. Mend the cause and run it again.`,
  });
}

/** The rollout, or a check after it, failed, and the way back begins. */
export function rollingBackMessage(frame: MessageFrame, reason: string, evidence: readonly string[]): Message {
  return build(frame, {
    id: "rolling-back",
    triggers: ["rollback"],
    tone: "bad",
    subject: `${titleOf(frame)}: failed, rolling back`,
    lines: [reason, ...evidence],
    next: `Going back to ${frame.plan?.undo.revision?.replicaSet ?? "the former number of replicas"}; a message follows when that is verified.`,
  });
}

export interface Ending {
  readonly verdict: Verdict;
  readonly reason: string;
  readonly next: string | undefined;
  readonly evidence: readonly string[];
}

const endings: Readonly<Partial<Record<Verdict, Pick<Message, "triggers" | "tone"> & { readonly words: string }>>> = {
  done: { triggers: ["success"], tone: "good", words: "deployed and healthy" },
  blocked: { triggers: ["failure"], tone: "bad", words: "blocked, nothing was changed" },
  rolledBack: { triggers: ["rollback", "failure"], tone: "bad", words: "rolled back, the former revision is healthy" },
  notRecovered: { triggers: ["critical", "failure"], tone: "bad", words: "changed and not recovered" },
  inconclusive: { triggers: ["critical", "inconclusive"], tone: "unclear", words: "changed, and its health is not known" },
  needsPerson: { triggers: ["critical", "failure"], tone: "bad", words: "somebody has to look" },
};

/** How it ended; undefined for endings nobody needs to be told of. */
export function endingMessage(frame: MessageFrame, { verdict, reason, next, evidence }: Ending): Message | undefined {
  const ending = endings[verdict];
  if (ending === undefined) return undefined;
  const { triggers, tone, words } = ending;
  return build(frame, { id: "end", triggers, tone, subject: `${titleOf(frame)}: ${words}`, lines: [reason, ...evidence], next });
}

const returns: Readonly<Partial<Record<Verdict, Pick<Message, "triggers" | "tone"> & { readonly words: string }>>> = {
  done: { triggers: ["rollback"], tone: "good", words: "rolled back by hand, the former revision is healthy" },
  notRecovered: { triggers: ["rollback", "critical", "failure"], tone: "bad", words: "rolled back by hand, and not recovered" },
  needsPerson: { triggers: ["rollback", "critical", "failure"], tone: "bad", words: "somebody has to look after a rollback by hand" },
};

/** How a rollback by hand ended; undefined when it changed nothing. */
export function returnMessage(frame: MessageFrame, { verdict, reason, next, evidence }: Ending): Message | undefined {
  const ending = returns[verdict];
  if (ending === undefined) return undefined;
  const { triggers, tone, words } = ending;
  return build(frame, { id: "end", triggers, tone, subject: `${titleOf(frame)}: ${words}`, lines: [reason, ...evidence], next });
}

/** One check in one line. */
export function describeResult({ name, outcome, summary }: CheckResult): string {
  const words = { pass: "passed", fail: "FAILED", error: "could not be asked", noData: "has no data" } as const;
  return `${name} ${words[outcome]}: ${summary}`;
}

/** What a failed rollout has to show. */
export function describeRollout({ badPod, progress }: RolloutReport): readonly string[] {
  const log = badPod?.log === undefined ? [] : [`last lines of ${badPod.pod}:`, ...badPod.log.split("\n").slice(-5)];
  const revisions =
    progress?.revisions.map(
      ({ replicaSet, isNew, ready, total }) => `${isNew ? "new" : "old"} ${replicaSet}: ${ready} of ${total} pods Ready`,
    ) ?? [];
  return [...revisions, ...log];
}

function titleOf({ file, cluster }: MessageFrame): string {
  return `${file.target.namespace}/${file.target.deployment} on ${cluster}`;
}

function changesOf({ plan }: MessageFrame): string {
  return plan === undefined ? "the change" : plan.changes.map(describeChange).join(", ");
}

function build({ file, cluster, runId, startedAtMs }: MessageFrame, content: Content): Message {
  return {
    ...content,
    subject: redactText(content.subject),
    lines: content.lines.map(redactText),
    next: content.next === undefined ? undefined : redactText(content.next),
    context: [
      ["cluster", cluster],
      ["namespace", file.target.namespace],
      ["deployment", file.target.deployment],
      ["run", runId],
    ],
    runId,
    startedAtMs,
    entry: 0,
    isRepeat: false,
  };
}
