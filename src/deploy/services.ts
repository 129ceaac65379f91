import type { HttpAnswer } from "./checks/judge-http.ts";
import type { QueryAnswer } from "./checks/judge-query.ts";
import type { DeployCluster } from "./cluster/deploy-cluster.ts";
import type { HttpCheckSpec, NotifySpec, PrometheusCheckSpec } from "./file/deploy-file.ts";
import type { Message } from "./notify/message.ts";

/** A reference of the deploy file that cannot be resolved. */
export interface SecretProblem {
  /** `notify[0].slack.webhook`. */
  readonly path: string;
  /** Names the reference, never a value. */
  readonly message: string;
  readonly remedy: string;
}

/** Everything a deploy talks to. */
export interface DeployServices {
  readonly cluster: DeployCluster;
  /** Resolves every secret reference of the file, without using it. */
  secretProblems(): Promise<readonly SecretProblem[]>;
  query(spec: PrometheusCheckSpec, signal: AbortSignal): Promise<QueryAnswer>;
  get(spec: HttpCheckSpec, signal: AbortSignal): Promise<HttpAnswer>;
  notify(spec: NotifySpec, message: Message, signal: AbortSignal): Promise<void>;
  /** Closes every connection. */
  close(): Promise<void>;
}
