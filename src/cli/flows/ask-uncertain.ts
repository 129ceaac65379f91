import { ErrandError } from "../../errors/index.ts";
import type { Io } from "../io.ts";
import { escapeLine } from "../output/control-characters.ts";
import type { ForeignUncertainStep } from "./exported-flow.ts";

/** Asks on the terminal what is to be done about a step that may have been done. One question at a time. */
export function askUncertain(ask: (question: string) => Promise<string>, { stderr }: Pick<Io, "stderr">) {
  let before: Promise<unknown> = Promise.resolve();
  return (step: ForeignUncertainStep): Promise<"repeat" | "skip"> => {
    const answer = before.then(() => question(step, ask, stderr));
    before = answer.catch(() => undefined);
    return answer;
  };
}

async function question(
  { runId, stepId, intents }: ForeignUncertainStep,
  ask: (question: string) => Promise<string>,
  stderr: Io["stderr"],
): Promise<"repeat" | "skip"> {
  const requests = intents.map(({ method, url }) => `  ${method} ${escapeLine(url)}`);
  stderr.print([`Step ${escapeLine(stepId)} was interrupted. Whether this was done is not known:`, ...requests].join("\n"));
  for (let tries = 0; tries < 3; tries += 1) {
    const word = (await ask("[r]epeat it, [s]kip it, or stop? [stop] ")).trim().toLowerCase();
    if (word === "r" || word === "repeat") return "repeat";
    if (word === "s" || word === "skip") return "skip";
    if (word === "" || word === "stop") break;
  }
  // Not an error that a flow could catch: it ends the run here, and the step stays as it is.
  throw new ErrandError({
    code: "ERR_STEP_UNCERTAIN",
    message: `Run ${runId} stopped before step ${stepId}: whether it was done is not known`,
  });
}
