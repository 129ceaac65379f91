import type { DeployEvent } from "../../deploy/index.ts";
import { renderAge } from "./age.ts";

/** Events about the run and its journal, not about the cluster. */
export type RunEvent = Extract<DeployEvent, { readonly type: "waiting" | "recalled" | "resumed" | "ended" }>;

/** What has become of a recorded run before, in one line; undefined for its end, which is rendered by deploy-result.ts. */
export function renderRunLine(event: RunEvent): string | undefined {
  switch (event.type) {
    case "waiting":
      return `run ${event.runId} is running in another process: waiting for its result (Ctrl-C leaves it running)`;
    case "recalled":
      return `run ${event.runId} ended ${renderAge(event.atMs - event.endedAtMs)} ago, and this is its result; to deploy again, give another --id or none`;
    case "resumed":
      return `resumed: begun ${renderAge(event.atMs - event.startedAtMs)} ago; done before: ${event.done.join(", ")}`;
    case "ended":
      return undefined;
  }
}
