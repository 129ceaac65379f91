import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Attempt } from "../../errors/index.ts";
import type { Io } from "../io.ts";
import { renderRetry } from "../output/attempt.ts";
import { commandLine } from "../output/command-line.ts";
import { escapeLine } from "../output/control-characters.ts";

/**
 * Tells on stderr what a run waits for: retries, and signals with the line that sends them. By the channels of the process, which the module's
 * copy of errand shares with this one.
 *
 * @param journal `--journal FILE`, where it was given
 * @returns what ends it
 */
export function watchRun({ stderr }: Pick<Io, "stderr">, journal: readonly string[]): () => void {
  const retry = (message: unknown): void => {
    const { attempt } = message as { readonly attempt: Attempt };
    if (attempt.waitMs !== undefined) stderr.print(`${attempt.method} ${escapeLine(attempt.url)}: ${renderRetry(attempt, undefined)}`);
  };
  const signal = (message: unknown): void => {
    const { runId, name } = message as { readonly runId: string; readonly name: string };
    stderr.print(`waits for the signal ${escapeLine(name)}:\n  ${commandLine(["errand", "runs", "approve", runId, name, ...journal])}`);
  };
  subscribe("errand:attempt", retry);
  subscribe("errand:signal", signal);
  return () => {
    unsubscribe("errand:attempt", retry);
    unsubscribe("errand:signal", signal);
  };
}
