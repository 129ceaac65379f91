/** `users[].user.exec` of a kubeconfig: a command that prints credentials (client.authentication.k8s.io). */
export interface ExecConfig {
  readonly apiVersion: ExecApiVersion;
  /** A name on PATH, or an absolute path. */
  readonly command: string;
  readonly args: readonly string[];
  /** Added to this process's own environment. */
  readonly env: Readonly<Record<string, string>>;
  /** What to tell people whose machine lacks the command. */
  readonly installHint: string | undefined;
  readonly interactiveMode: InteractiveMode;
  /** The command is told about the cluster. */
  readonly provideClusterInfo: boolean;
}

export const EXEC_API_VERSIONS = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"] as const;
export type ExecApiVersion = (typeof EXEC_API_VERSIONS)[number];

export const INTERACTIVE_MODES = ["Never", "IfAvailable", "Always"] as const;
export type InteractiveMode = (typeof INTERACTIVE_MODES)[number];

export function isExecApiVersion(text: string | undefined): text is ExecApiVersion {
  return EXEC_API_VERSIONS.some((version) => version === text);
}

export function isInteractiveMode(text: string | undefined): text is InteractiveMode {
  return INTERACTIVE_MODES.some((mode) => mode === text);
}
