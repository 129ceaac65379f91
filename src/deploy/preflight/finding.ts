/** What the preflight found; one that blocks ends the deploy before any change. */
export interface PreflightFinding {
  readonly level: "block" | "warn";
  readonly about:
    | "secrets"
    | "cluster"
    | "access"
    | "target"
    | "image"
    | "paused"
    | "autoscaler"
    | "rollout"
    | "history"
    | "gitops"
    | "run"
    | "lease"
    | "notify"
    | "admission";
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
}
