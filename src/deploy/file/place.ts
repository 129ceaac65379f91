import type { FileProblem } from "./problem.ts";
import type { Position } from "./source-tree.ts";

/** Where the reading stands in the file, and where it leaves what it finds wrong. */
export class Place {
  readonly path: string;
  readonly #problems: FileProblem[];

  constructor(problems: FileProblem[], path = "") {
    this.#problems = problems;
    this.path = path;
  }

  /** The place of a map's key. */
  key(name: string): Place {
    const step = /^[\w-]+$/.test(name) ? name : JSON.stringify(name);
    return new Place(this.#problems, this.path === "" ? step : `${this.path}.${step}`);
  }

  /** The place of a list's item, 0-based. */
  index(index: number): Place {
    return new Place(this.#problems, `${this.path}[${index}]`);
  }

  /** Always false, so that a condition can end with it. */
  report(at: Position, message: string): false {
    this.#problems.push({ path: this.path, line: at.line, column: at.column, message });
    return false;
  }
}
