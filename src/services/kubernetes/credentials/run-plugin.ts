import { spawn, type ChildProcess } from "node:child_process";
import { isatty } from "node:tty";
import { formatDuration } from "../../../retry/index.ts";
import { errorCode } from "../kubeconfig/config-node.ts";
import { pluginError } from "./exec-credential.ts";
import type { ExecConfig } from "./exec-config.ts";

/** A plugin that asks nobody has no reason to take longer. */
const TIMEOUT_MS = 60_000;
const LARGEST_OUTPUT_BYTES = 1_000_000;

/** Around a plugin's run; the defaults are this process's own. */
export interface PluginHost {
  /** True when somebody could answer the plugin's questions. */
  readonly isTerminal?: boolean;
  /** Takes what the plugin says to people. @default this process's own stderr */
  readonly onStderr?: (text: string) => void;
  /** Of a plugin that is not interactive, in milliseconds. @default 60000 */
  readonly timeoutMs?: number;
}

interface Run {
  readonly config: ExecConfig;
  /** The value of KUBERNETES_EXEC_INFO. */
  readonly info: string;
  readonly isInteractive: boolean;
  readonly host: PluginHost;
}

/** Whether the plugin may ask; the kubeconfig's interactiveMode and the terminal decide. */
export function isInteractive(config: ExecConfig, host: PluginHost): boolean {
  const isTerminal = host.isTerminal ?? isatty(0);
  if (config.interactiveMode === "Always" && !isTerminal) {
    throw pluginError(commandLine(config), "must ask questions (interactiveMode: Always), but there is no terminal");
  }
  return config.interactiveMode !== "Never" && isTerminal;
}

/** The command as one would type it, for errors. Arguments of plugins name clusters and roles, not secrets. */
export function commandLine({ command, args }: ExecConfig): string {
  return [command, ...args].join(" ");
}

/**
 * Runs the plugin and gives what it printed to stdout.
 *
 * @throws ConfigError (ERR_CREDENTIAL_PLUGIN) when it is missing (with its installHint), fails, or does not end
 */
export function runPlugin(run: Run): Promise<string> {
  const { config, info, host } = run;
  const child = spawn(config.command, [...config.args], {
    env: { ...process.env, ...config.env, KUBERNETES_EXEC_INFO: info },
    stdio: [run.isInteractive ? "inherit" : "ignore", "pipe", host.onStderr === undefined ? "inherit" : "pipe"],
    windowsHide: true,
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => host.onStderr?.(text));
  return outputOf(child, run);
}

function outputOf(child: ChildProcess, { config, isInteractive, host }: Run): Promise<string> {
  const name = commandLine(config);
  const timeoutMs = host.timeoutMs ?? TIMEOUT_MS;
  let timer: NodeJS.Timeout | undefined;
  const ended = new Promise<string>((resolve, reject) => {
    let output = "";
    const stop = (complaint: string): void => {
      reject(pluginError(name, complaint));
      child.kill("SIGKILL");
    };
    // A person may take as long as a login takes.
    if (!isInteractive) timer = setTimeout(() => stop(`did not end within ${formatDuration(timeoutMs)}`), timeoutMs);
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.length > LARGEST_OUTPUT_BYTES) stop("printed more than a credential can be");
    });
    child.once("error", (error) => reject(startError(config, error)));
    child.once("close", (code, signal) => {
      if (code === 0) resolve(output);
      else reject(pluginError(name, signal === null ? `failed with exit code ${code}` : `was killed by ${signal}`));
    });
  });
  return ended.finally(() => clearTimeout(timer));
}

function startError(config: ExecConfig, error: Error): Error {
  const isMissing = errorCode(error) === "ENOENT";
  const complaint = isMissing ? "is not installed: no such command" : `cannot be started: ${errorCode(error)}`;
  return pluginError(commandLine(config), complaint, isMissing ? config.installHint : undefined);
}
