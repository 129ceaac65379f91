/** The options of `errand deploy`, as commander gives them. */
export interface DeployFlags {
  readonly plan?: boolean;
  readonly yes?: boolean;
  readonly id?: string;
  readonly resume?: string;
  /** False: `--no-journal`. */
  readonly journal?: string | boolean;
  readonly summary?: string;
  readonly json?: boolean;
  readonly context?: string;
}
