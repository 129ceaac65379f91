import type { NotifyTrigger } from "../file/deploy-file.ts";

/** A notification before it has the form of a channel. Plain text: channels escape it. */
export interface Message {
  /** Names the step that sends it. */
  readonly id: string;
  /** A channel that asked for any of these gets it. */
  readonly triggers: readonly NotifyTrigger[];
  readonly tone: "bad" | "good" | "unclear";
  /** One line: what happened to what. */
  readonly subject: string;
  /** Evidence, a line each. */
  readonly lines: readonly string[];
  /** What happens next, or what to do. */
  readonly next: string | undefined;
  /** Cluster, namespace, Deployment, run: shown below. */
  readonly context: readonly (readonly [string, string])[];
  readonly runId: string;
  /** When the run began, in milliseconds since the epoch: nothing of it is older. */
  readonly startedAtMs: number;
  /** Which entry of `notify` it goes to: two of them may be one channel. */
  readonly entry: number;
  /** It may have been sent before. */
  readonly isRepeat: boolean;
}
