import type { DeployTarget } from "../file/deploy-file.ts";
import type { Phase } from "../run-record.ts";
import type { Ended } from "./ended.ts";
import { howToLook } from "./how-to-look.ts";

/** What is left behind where a deploy stops. */
export interface LeftBehind {
  readonly target: DeployTarget;
  /** The line that goes on with it. */
  readonly goOn: string;
  /** The line that takes its change back. */
  readonly goBack: string;
  /** Whether there is something to go on with even where nothing was changed. */
  readonly isRecorded: boolean;
}

/** What an interruption leaves behind: the cluster does not stop with us. */
export function suspended(phase: Phase, left: LeftBehind): Ended {
  return { verdict: "suspended", reason: `interrupted ${whereStopped(phase)}`, next: nextSteps(phase, left) };
}

/** `during the rollout` */
export function whereStopped(phase: Phase): string {
  const words: Readonly<Record<Phase, string>> = {
    beginning: "at its start",
    looking: "before any change",
    writing: "while the change was being written",
    rollingOut: "during the rollout",
    checking: "during the checks after the rollout",
    failed: "after it had failed, before it was rolled back",
    writingBack: "while the rollback was being written",
    rollingBack: "during the rollback",
    telling: "while it was being told how it ended",
  };
  return words[phase];
}

/** What the cluster goes on doing, and the lines to type. */
export function nextSteps(phase: Phase, { target, goOn, goBack, isRecorded }: LeftBehind): string {
  const look = `Look: ${howToLook(target)}`;
  const on = `Go on: ${goOn}`;
  switch (phase) {
    case "beginning":
      // An earlier process may have come further.
      return isRecorded ? `${on}. ${look}` : "Nothing was changed.";
    case "looking":
      return isRecorded ? `Nothing was changed. ${on}` : "Nothing was changed.";
    case "writing":
    case "writingBack":
      return `It may have been stored. ${on}. ${look}`;
    case "rollingOut":
      return `The cluster goes on rolling out, and nobody rolls it back if it fails. ${on}. ${look}. Back: ${goBack}`;
    case "checking":
      return `The rollout is complete, and the new revision stays. ${on}. ${look}`;
    case "failed":
      return `The revision that failed stays. ${on}. ${look}. Back: ${goBack}`;
    case "rollingBack":
      return `The cluster goes on rolling back. ${on}. ${look}`;
    case "telling":
      return `${on}. ${look}`;
  }
}
