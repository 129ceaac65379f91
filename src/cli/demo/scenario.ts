import type { DeployEvent, Verdict } from "../../deploy/index.ts";
import type { DemoStage } from "./stage.ts";

/** One story of the demo: a deploy file, what happens around it, and how it must end. */
export interface Scenario {
  readonly title: string;
  /** What is about to happen, for somebody who has not seen it. */
  readonly story: string;
  readonly fileName: string;
  /** The deploy file below its cluster, target and notify. */
  readonly file: string;
  /** Sets the stage. */
  readonly prepare?: (stage: DemoStage) => void;
  /** What the world does while it runs. */
  readonly react?: (event: DeployEvent, stage: DemoStage) => void;
  readonly expected: ScenarioEnd;
}

/** What an onlooker can see of a scenario's end. */
export interface ScenarioEnd {
  readonly verdict: Verdict;
  readonly exitCode: number;
  /** Messages that arrived in Slack. */
  readonly slackMessages: number;
  /** By how much `kubectl rollout history` grew. */
  readonly newRevisions: number;
  /** Writes that the API server stored. */
  readonly patches: number;
}
