import { InvalidRequestError } from "../errors/index.ts";
import { FlowError } from "./flow-error.ts";

/**
 * Gives steps their ids: the scope's path and the name, and `#2` for the second of that name in the scope. Never a count over the whole run,
 * so that the order in which branches go on, and steps added later, change no other id.
 */
export class StepScope {
  readonly #runId: string;
  readonly #prefix: string;
  readonly #counts = new Map<string, number>();
  readonly #inFlight = new Set<string>();

  constructor(runId: string, prefix = "") {
    this.#runId = runId;
    this.#prefix = prefix;
  }

  /**
   * The id of the next step of that name, which is in flight until `leave(name)`.
   * @throws FlowError ERR_STEP_NAME while another of that name is in flight
   */
  enter(name: string): string {
    checkName(name);
    if (this.#inFlight.has(name)) throw this.#ambiguous(name);
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    this.#inFlight.add(name);
    return `${this.#prefix}${escapePart(name)}${count === 1 ? "" : `#${count}`}`;
  }

  leave(name: string): void {
    this.#inFlight.delete(name);
  }

  #ambiguous(name: string): FlowError {
    return new FlowError({
      code: "ERR_STEP_NAME",
      message: `Run ${this.#runId}: two steps named ${JSON.stringify(name)} are in flight in one scope, and could be taken for each other after a crash: use run.map, or another name`,
      hint: "run.map gives each item a scope of its own.",
      runId: this.#runId,
    });
  }
}

/** The prefix of the steps of one item of a map: `posts[7]/`. */
export function branchPrefix(mapId: string, key: string): string {
  return `${mapId}[${escapePart(key)}]/`;
}

function checkName(name: unknown): void {
  if (typeof name === "string" && name !== "" && name.length <= 200) return;
  throw new InvalidRequestError({
    code: "ERR_INVALID_OPTION",
    message: `A step's name is a text of 1 to 200 characters, not ${typeof name === "string" ? `one of ${name.length}` : typeof name}`,
    hint: 'For example: run.step("list posts", () => ...).',
  });
}

/** The characters that structure an id are escaped in names, so that no two places share one. */
export function escapePart(part: string): string {
  return part.replaceAll(/[%/[\]#]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
