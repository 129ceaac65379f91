import { inspect } from "node:util";

/** Shows its scheme and a label in text, JSON and inspection: nothing of what it holds. */
export abstract class LabelledAuth {
  readonly scheme: string;
  readonly #label: string;

  constructor(scheme: string, label: string) {
    this.scheme = scheme;
    this.#label = label;
  }

  toString(): string {
    return `[${this.scheme} ${this.#label}]`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
