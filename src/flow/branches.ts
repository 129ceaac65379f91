import type { StepKind } from "./engine.ts";
import { FlowError } from "./flow-error.ts";
import { keyDigest } from "./map-keys.ts";
import { never, type RunControl } from "./run-control.ts";
import { fromStored } from "./stored-value.ts";

/** Records the keys of a list at its first time; later it must be the same list. @throws FlowError ERR_FLOW_CHANGED */
export async function sameList(
  control: RunControl,
  { id, kind }: { readonly id: string; readonly kind: StepKind },
  keys: readonly string[],
): Promise<void> {
  if (control.isStopped) return never();
  const { run } = control;
  const digest = keyDigest(keys);
  const found = await run.lookup(`${id}[]`);
  if (found === undefined) {
    await run.record(`${id}[]`, { state: "done", kind, attempt: 1, value: JSON.stringify(digest) });
    return;
  }
  const before = found.state === "done" ? fromStored(found.value) : undefined;
  if (before === digest) return;
  const count = typeof before === "string" ? before.split(":")[0] : "other";
  throw new FlowError({
    code: "ERR_FLOW_CHANGED",
    message: `Run ${run.id}: ${id} was begun with ${count} items, and now has another list of ${keys.length}`,
    hint: "Make the list in a step of its own, so that it is recorded; or begin a new run under another id.",
    runId: run.id,
  });
}

export interface Branches<I, O> {
  readonly items: readonly I[];
  readonly concurrency: number;
  readonly work: (item: I, index: number) => Promise<O>;
  /** Of a plan: waits for the work on an item; true when it will not go on, and the next one shall be looked at. */
  readonly isStuck?: ((index: number, work: Promise<void>) => Promise<boolean>) | undefined;
}

/** Works on the items, so many at a time. After a failure none begins, and those under way are waited for before it is thrown. */
export async function inBranches<I, O>({ items, concurrency, work, isStuck }: Branches<I, O>): Promise<O[]> {
  const results: O[] = [];
  const failures: unknown[] = [];
  let next = 0;
  let stuck = 0;
  const lane = async (): Promise<void> => {
    for (let index = next; index < items.length && failures.length === 0; index = next) {
      next += 1;
      try {
        if (isStuck === undefined) results[index] = await work(items[index] as I, index);
        else if (
          await isStuck(
            index,
            work(items[index] as I, index).then((value) => void (results[index] = value)),
          )
        )
          stuck += 1;
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, lane));
  // They are under way still, as it were.
  if (stuck > 0) return never();
  if (failures.length > 0) throw failures[0];
  return results;
}
