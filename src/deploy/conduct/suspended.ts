import type { DeployFile } from "../file/deploy-file.ts";
import type { Phase } from "../run-record.ts";
import type { Ended } from "./ended.ts";
import { howToGoOn, howToLook, howToUndo } from "./how-to-look.ts";

/** What an interruption leaves behind: the cluster does not stop with us. */
export function suspended(phase: Phase, file: Pick<DeployFile, "target" | "path">, runId: string): Ended {
  const look = `Look: ${howToLook(file.target)}`;
  const goOn = `Go on: ${howToGoOn(file, runId)}`;
  switch (phase) {
    case "looking":
      return { verdict: "suspended", reason: "interrupted before any change", next: "Nothing was changed." };
    case "writing":
      return {
        verdict: "suspended",
        reason: "interrupted while the change was being written",
        next: `It may have been stored. ${goOn}. ${look}`,
      };
    case "rollingOut":
      return {
        verdict: "suspended",
        reason: "interrupted during the rollout",
        next: `The cluster goes on rolling out, and nobody rolls it back if it fails. ${goOn}. ${look}. Back by hand: ${howToUndo(file.target)}`,
      };
    case "checking":
      return {
        verdict: "suspended",
        reason: "interrupted during the checks after the rollout",
        next: `The rollout is complete, and the new revision stays. ${goOn}. ${look}`,
      };
    case "writingBack":
      return {
        verdict: "suspended",
        reason: "interrupted while the rollback was being written",
        next: `It may have been stored. ${goOn}. ${look}`,
      };
    case "rollingBack":
      return { verdict: "suspended", reason: "interrupted during the rollback", next: `The cluster goes on rolling back. ${look}` };
  }
}
