import { deploy, loadDeployFile } from "../../deploy/index.ts";
import type { DeployView } from "../output/deploy-view.ts";
import type { Scenario, ScenarioEnd } from "./scenario.ts";
import { errorRate, type DemoStage } from "./stage.ts";

/** How a scenario went, and what of it was not as it must be. */
export interface ScenarioOutcome {
  readonly scenario: Scenario;
  readonly end: ScenarioEnd;
  /** Empty: as expected. */
  readonly differences: readonly string[];
  /** What arrived in Slack. */
  readonly messages: readonly string[];
}

export interface RunScenarioOptions {
  readonly stage: DemoStage;
  readonly view: DeployView;
  readonly signal: AbortSignal;
}

/** Runs one scenario with the real deploy code, and compares its end. */
export async function runScenario(scenario: Scenario, { stage, view, signal }: RunScenarioOptions): Promise<ScenarioOutcome> {
  const { slack, prometheus } = stage.playground;
  prometheus.set(errorRate, 0.02);
  scenario.prepare?.(stage);
  const [revision, patches, messages] = [stage.revision(), stage.patches(), slack.inbox.length];
  const file = await loadDeployFile(await stage.write(scenario), scenario.fileName);
  const { verdict, exitCode } = await deploy(file, {
    signal,
    onEvent: (event) => {
      scenario.react?.(event, stage);
      view.accept(event);
    },
  });
  signal.throwIfAborted();
  const end: ScenarioEnd = {
    verdict,
    exitCode,
    slackMessages: slack.inbox.length - messages,
    newRevisions: stage.revision() - revision,
    patches: stage.patches() - patches,
  };
  return {
    scenario,
    end,
    differences: differencesOf(end, scenario.expected),
    messages: slack.inbox.slice(messages).map(({ text }) => text),
  };
}

function differencesOf(end: ScenarioEnd, expected: ScenarioEnd): readonly string[] {
  const keys = ["verdict", "exitCode", "slackMessages", "newRevisions", "patches"] as const;
  return keys.filter((key) => end[key] !== expected[key]).map((key) => `${key} is ${end[key]}, not ${expected[key]}`);
}
