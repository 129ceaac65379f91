import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { runScenario, type ScenarioOutcome } from "../demo/run-scenario.ts";
import { scenarios } from "../demo/scenarios.ts";
import { openStage } from "../demo/stage.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { painter } from "../output/color.ts";
import { renderDemoTable, renderInbox, renderScenarioHead } from "../output/demo.ts";
import { lineView, liveView } from "../output/deploy-view.ts";
import { UsageError } from "../usage-error.ts";

interface DemoFlags {
  readonly scenario?: number;
}

/** Long enough to read a heading, on a terminal. */
const pauseMs = 1500;

/** `errand demo`: the guarded deployment against stand-ins, with nothing to install and nothing left behind. */
export function register(command: Command, io: Io): void {
  command
    .option("--scenario <number>", `only this one, 1 to ${scenarios.length}`, scenarioNumber)
    .addHelpText("after", `\n${scenarios.map(({ title }, index) => `  ${index + 1}  ${title}`).join("\n")}`)
    .action(async ({ scenario }: DemoFlags) => {
      const chosen = scenarios
        .map((one, index) => ({ scenario: one, number: index + 1 }))
        .filter(({ number }) => scenario === undefined || number === scenario);
      const outcomes = await play(chosen, io);
      io.stdout.print(renderDemoTable(outcomes, painter(io.stdout.hasColor)));
      if (outcomes.some(({ differences }) => differences.length > 0)) io.exitCode = EXIT.error;
    });
}

interface Chosen {
  readonly scenario: (typeof scenarios)[number];
  readonly number: number;
}

async function play(chosen: readonly Chosen[], io: Io): Promise<readonly ScenarioOutcome[]> {
  const paint = painter(io.stdout.hasColor);
  const outcomes: ScenarioOutcome[] = [];
  const stage = await openStage();
  try {
    io.stdout.print("A Kubernetes cluster, Prometheus, a health page and Slack: stand-ins inside this process, on 127.0.0.1.");
    for (const { scenario, number } of chosen) {
      io.stdout.print(renderScenarioHead({ scenario, number, file: stage.show(scenario) }, paint));
      if (io.stdout.isTTY) await sleep(pauseMs, undefined, { signal: io.signal });
      const view = io.stderr.isTTY ? liveView(io) : lineView(io);
      try {
        const outcome = await runScenario(scenario, { stage, view, signal: io.signal });
        outcomes.push(outcome);
        io.stdout.print(renderInbox(outcome.messages, paint));
      } finally {
        view.close();
      }
    }
  } finally {
    await stage.close();
  }
  return outcomes;
}

function scenarioNumber(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= scenarios.length) return number;
  throw new UsageError(`--scenario takes a number from 1 to ${scenarios.length}, not ${text}`);
}
