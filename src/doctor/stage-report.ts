import type { Finding } from "../tls/index.ts";
import { sentence } from "./sentence.ts";
import type { Stage, StageName } from "./diagnosis.ts";

/** What a stage saw, and what the next one needs of it. */
export interface StageReport<Next = undefined> {
  readonly evidence: readonly string[];
  readonly findings: readonly Finding[];
  /** Undefined where the way ends here. */
  readonly next: Next | undefined;
}

export interface RunStage<Next> {
  readonly stage: Stage;
  readonly next: Next | undefined;
}

const order = { problem: 0, warning: 1, info: 2 } as const;

/** Runs a stage and takes its time. */
export async function runStage<Next>(name: StageName, look: () => Promise<StageReport<Next>>): Promise<RunStage<Next>> {
  const startedAt = performance.now();
  const { evidence, findings, next } = await look();
  const sorted = findings
    .map((finding) => ({ ...finding, summary: sentence(finding.summary) }))
    .toSorted((a, b) => order[a.severity] - order[b.severity]);
  const status = sorted[0]?.severity === "problem" ? "problem" : "ok";
  return { stage: { name, status, evidence, findings: sorted, elapsedMs: Math.round(performance.now() - startedAt) }, next };
}

export function skipped(name: StageName, why: string): Stage {
  return { name, status: "skipped", why, evidence: [], findings: [], elapsedMs: 0 };
}
