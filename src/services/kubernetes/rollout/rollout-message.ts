import type { Deployment } from "../types.ts";
import { condition } from "../pods/pod-status.ts";
import type { FailureReason, ProgressReason, RolloutNumbers } from "./rollout-state.ts";

/** One sentence on where a rollout stands. */
export function progressMessage(reason: ProgressReason | "Complete", numbers: RolloutNumbers): string {
  const { desired, updated, available, old, terminating } = numbers;
  switch (reason) {
    case "StaleRead":
      return "the answer is older than the change; asking again";
    case "NotObserved":
      return "waiting for the deployment controller to see the change";
    case "Updating":
      return `${updated} of ${pods(desired, "new ")} made`;
    case "OldPodsLeft":
      return `${pods(old, "old ")} left to remove`;
    case "NotAvailable":
      return `${available} of ${pods(desired, "new ")} available`;
    case "NotConfirmed":
      return `${available} of ${pods(desired)} available; waiting for the deployment controller to confirm it`;
    case "Terminating":
      return `all new pods are available; ${pods(terminating, "old ")} still terminating`;
    case "Complete":
      return desired === 0 ? "scaled to 0" : `${available} of ${pods(desired)} available, all of the new revision`;
  }
}

/** One sentence on why the Deployment itself cannot go on. */
export function failureMessage(reason: FailureReason, deployment: Deployment | undefined): string {
  const name = deployment === undefined ? "the deployment" : `deployment ${deployment.metadata.name}`;
  switch (reason) {
    case "Deleted":
      return `${name} has been deleted`;
    case "Recreated":
      return `${name} has been deleted and another of the same name created: this is not the one that was changed`;
    case "Paused":
      return `${name} is paused, so nothing rolls out; resume it: kubectl rollout resume deployment/${deployment?.metadata.name ?? "NAME"}`;
    case "ProgressDeadlineExceeded": {
      const said = condition(deployment?.status?.conditions, "Progressing")?.message;
      const seconds = deployment?.spec.progressDeadlineSeconds ?? 600;
      return `${name} has made no progress for ${seconds} s (progressDeadlineSeconds)${said === undefined ? "" : `: ${said}`}`;
    }
    default:
      return `${name} cannot roll out: ${reason}`;
  }
}

function pods(count: number, kind = ""): string {
  return `${count} ${kind}${count === 1 ? "pod" : "pods"}`;
}
