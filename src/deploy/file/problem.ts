import { ConfigError } from "../../errors/index.ts";
import type { Position } from "./source-tree.ts";

/** One thing that is wrong with a deploy file. */
export interface FileProblem extends Position {
  /** `before[1].prometheus.max`; empty for the file as a whole. */
  readonly path: string;
  /** What is wrong and what is taken instead. Never holds a credential. */
  readonly message: string;
}

/** A deploy file that cannot be used, with everything that is wrong with it. Thrown before anything is asked of a server. */
export class DeployFileError extends ConfigError {
  /** In the order of the file; at least one. */
  readonly problems: readonly FileProblem[];

  constructor(file: string, problems: readonly FileProblem[]) {
    const sorted = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
    const lines = sorted.map((problem) => formatProblem(file, problem));
    const [first] = sorted;
    super({
      code: "ERR_DEPLOY_FILE",
      message: lines.length === 1 ? (lines[0] ?? "") : `${file} has ${lines.length} problems:\n  ${lines.join("\n  ")}`,
      hint: `Check it without a cluster: errand deploy check ${file}`,
      file,
      line: first?.line,
      column: first?.column,
    });
    this.problems = sorted;
  }
}

function formatProblem(file: string, { line, column, path, message }: FileProblem): string {
  return `${file}:${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`;
}
