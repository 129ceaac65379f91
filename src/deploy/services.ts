import type { HttpAnswer } from "./checks/judge-http.ts";
import type { QueryAnswer } from "./checks/judge-query.ts";
import type { DeployCluster } from "./cluster/deploy-cluster.ts";
import type { HttpCheckSpec, NotifySpec, PrometheusCheckSpec } from "./file/deploy-file.ts";
import type { DeliveryReport } from "./notify/deliver-to-slack.ts";
import type { Message } from "./notify/message.ts";

/** What is wrong with an entry of the deploy file: a secret that cannot be resolved, a token that may too little. */
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
  /** What speaks against a message's arrival, or against its arriving once. */
  notifyProblems(signal: AbortSignal): Promise<readonly SecretProblem[]>;
  /** Sends a message; one that may be a repeat is looked for first, where that is possible. @throws when it was not sent */
  notify(spec: NotifySpec, message: Message, signal: AbortSignal): Promise<DeliveryReport | undefined>;
  /** Closes every connection. */
  close(): Promise<void>;
}
