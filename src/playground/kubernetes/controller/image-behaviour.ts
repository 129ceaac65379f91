/** What a container of an image does when a pod runs it. */
export type Behaviour =
  | "ok"
  /** ErrImagePull and ImagePullBackOff in turns. */
  | "pullError"
  /** InvalidImageName: the reference itself is wrong. */
  | "invalidName"
  /** Exits with code 1 soon after each start: CrashLoopBackOff. */
  | "crash"
  /** Killed for its memory: exit code 137, OOMKilled, CrashLoopBackOff. */
  | "oom"
  /** Runs, but its readiness probe never succeeds. */
  | "neverReady"
  /** Becomes ready, much later. */
  | "slow"
  /** No node has room: the pod stays Pending. */
  | "unschedulable"
  /** CreateContainerConfigError: a ConfigMap it needs is missing. */
  | "configError";

/** What becomes of containers with an image. */
export interface ImageRule {
  /** The exact image reference, or a pattern for several. */
  readonly image: string | RegExp;
  readonly behaviour: Behaviour;
  /** From start to crash, in simulated milliseconds. Default 150: before it could become ready. */
  readonly crashAfterMs?: number;
  /** Exit code of a crash. Default 1. */
  readonly exitCode?: number;
  /** From pod creation to ready, in simulated milliseconds. Default 300, or 5000 for "slow". */
  readonly readyMs?: number;
}

const CONVENTIONS: readonly ImageRule[] = [
  { image: /[^A-Za-z0-9_./:@-]|^[-:/]/, behaviour: "invalidName" },
  { image: /:[^/]*(?:bad|missing|does-not-exist)/, behaviour: "pullError" },
  { image: /:[^/]*crash/, behaviour: "crash" },
  { image: /:[^/]*oom/, behaviour: "oom" },
  { image: /:[^/]*unready/, behaviour: "neverReady" },
  { image: /:[^/]*slow/, behaviour: "slow" },
];

/** The rules by which images behave: given ones first, then those by tag. */
export class ImageBehaviours {
  #rules: readonly ImageRule[];

  constructor(rules: readonly ImageRule[] = []) {
    this.#rules = [...rules, ...CONVENTIONS];
  }

  /** A new first rule; containers follow it at their next pull or start. */
  add(rule: ImageRule): void {
    this.#rules = [rule, ...this.#rules];
  }

  of(image: string): ImageRule {
    const found = this.#rules.find((rule) => (typeof rule.image === "string" ? rule.image === image : rule.image.test(image)));
    return found ?? { image, behaviour: "ok" };
  }
}
