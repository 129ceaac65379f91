import type { DeployResult } from "../../deploy/index.ts";
import { formatDuration } from "../../retry/index.ts";
import type { Paint } from "./color.ts";
import { escapeLine } from "./control-characters.ts";
import { verdictWords } from "./deploy-words.ts";

/** The end of a deploy: the verdict, why, and what to do now. */
export function renderDeployResult(result: DeployResult, paint: Paint): string {
  const { words, color } = verdictWords[result.verdict];
  const lost = result.notifications.filter(({ problem }) => problem !== undefined);
  return [
    `${paint(color, words)}: ${escapeLine(result.reason)} ${paint("dim", `(${formatDuration(result.elapsedMs)}, exit code ${result.exitCode})`)}`,
    ...(result.next === undefined ? [] : [escapeLine(result.next)]),
    ...lost.map(({ to, subject }) => paint("yellow", `not delivered to ${to}: ${escapeLine(subject)}`)),
  ].join("\n");
}
