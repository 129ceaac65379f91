import type { HttpAccess } from "./values/http-access.ts";
import type { PodShare } from "./values/pod-share.ts";
import type { SecretReference } from "./values/secret-reference.ts";

/** A deploy file after reading: plain JSON, durations in milliseconds, defaults filled in, credentials as references. */
export interface DeployFile {
  readonly version: 1;
  /** As messages call the file. */
  readonly path: string;
  /** Absolute; relative paths in the file start here. */
  readonly directory: string;
  readonly cluster: ClusterSelection;
  readonly target: DeployTarget;
  readonly before: readonly CheckSpec[];
  /** What a check of `before` that fails does. One that cannot be asked always stops. */
  readonly onCritical: "stop" | "proceed";
  readonly change: ChangeSpec;
  readonly rollout: RolloutSpec;
  readonly after: AfterSpec | undefined;
  readonly onFailure: "rollback" | "stop";
  readonly onInconclusive: "stop" | "proceed" | "rollback";
  readonly notify: readonly NotifySpec[];
}

/** One of: a context (perhaps of a named kubeconfig), a kubeconfig with its current context, the pod's own cluster, the environment. */
export interface ClusterSelection {
  readonly context: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly inCluster: true | undefined;
  /** `K8S_API_URL` and `K8S_TOKEN`. */
  readonly fromEnv: true | undefined;
}

/** The Deployment that is changed. */
export interface DeployTarget {
  readonly namespace: string;
  readonly deployment: string;
}

/** One patch, one rollout. */
export interface ChangeSpec {
  /** Image by container name. */
  readonly image: Readonly<Record<string, string>>;
  readonly replicas: number | undefined;
  readonly restart: boolean;
}

/** How long a rollout may take, and whether it fails early. */
export interface RolloutSpec {
  /** For the whole rollout, however much it progresses. */
  readonly timeoutMs: number;
  /** Whether a pod that cannot start ends the rollout at once. */
  readonly failFast: boolean;
  /** How long images may fail to be pulled and containers may crash before that; undefined: 30 s. */
  readonly failFastAfterMs: number | undefined;
}

/** The checks after the rollout, and how long they go on. */
export interface AfterSpec {
  readonly forMs: number;
  readonly everyMs: number;
  /** So many rounds in a row decide. */
  readonly failures: number;
  readonly checks: readonly CheckSpec[];
}

/** One check of a deploy file. */
export type CheckSpec = PodsCheckSpec | PrometheusCheckSpec | HttpCheckSpec;

/** A check of how many pods are ready. */
export interface PodsCheckSpec {
  readonly kind: "pods";
  /** As messages call it. */
  readonly name: string;
  readonly minReady: PodShare;
}

/** A check of a query's value. */
export interface PrometheusCheckSpec extends HttpAccess {
  readonly kind: "prometheus";
  readonly name: string;
  readonly query: string;
  /** Inclusive. */
  readonly max: number | undefined;
  /** Inclusive. */
  readonly min: number | undefined;
  /** What an empty vector or NaN counts as; undefined: as itself, neither pass nor fail. */
  readonly noData: "fail" | "pass" | undefined;
  /** Which of several series must be within the limits; `one`: several are an error. */
  readonly series: "one" | "any" | "all";
  /** Whether warnings (a partial answer) leave the check undecided. */
  readonly warnings: "error" | "allow";
}

/** A check by a GET. */
export interface HttpCheckSpec extends HttpAccess {
  readonly kind: "http";
  readonly name: string;
  /** Statuses that pass. */
  readonly expect: readonly number[];
  /** A text that the body must hold. */
  readonly contains: string | undefined;
}

/** When a message goes out; a message can have several of these. */
export const notifyTriggers = ["critical", "rollback", "success", "failure", "inconclusive"] as const;
/** What is worth telling. */
export type NotifyTrigger = (typeof notifyTriggers)[number];

/** A Slack webhook or channel to tell. */
export interface SlackNotifySpec {
  readonly kind: "slack";
  readonly webhook: SecretReference | undefined;
  readonly token: SecretReference | undefined;
  /** With a token. */
  readonly channel: string | undefined;
  readonly on: readonly NotifyTrigger[];
}

/** Somebody to tell. */
export type NotifySpec = SlackNotifySpec;
