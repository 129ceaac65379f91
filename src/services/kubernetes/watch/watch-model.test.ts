import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timesTheRuns } from "../../../../test/property-runs.ts";
import { ConnectionError } from "../../../errors/index.ts";
import type { KubernetesObject } from "../types.ts";
import { Watch, type WatchEnvironment, type WatchSource } from "./watch-objects.ts";

/** What happens on the server between two lines of a stream. */
type Step = Change | { readonly kind: "close" | "reset" | "gone" | "bookmark" };

interface Change {
  readonly kind: "set" | "delete";
  readonly name: string;
}

const over = new Error("the script is over");

/** An API server with a history: lists are of now, streams begin where they are asked to. */
class ModelServer implements WatchSource {
  readonly name = "pods";
  readonly state = new Map<string, KubernetesObject>();
  readonly #history: { readonly type: string; readonly object: KubernetesObject }[] = [];
  readonly #steps: Step[];
  #version = 0;
  /** Older events are forgotten. */
  #compacted = 0;

  constructor(steps: readonly Step[]) {
    this.#steps = [...steps];
  }

  list: WatchSource["list"] = () =>
    Promise.resolve({
      apiVersion: "v1",
      kind: "PodList",
      metadata: { resourceVersion: String(this.#version) },
      items: [...this.state.values()],
    });

  open: WatchSource["open"] = (resourceVersion) => {
    if (this.#steps.length === 0 && Number(resourceVersion) === this.#version) return Promise.reject(over);
    return Promise.resolve({ lines: this.#lines(Number(resourceVersion)), close: () => Promise.resolve() });
  };

  async *#lines(from: number): AsyncGenerator {
    let sent = from;
    for (;;) {
      if (sent < this.#compacted) {
        yield { type: "ERROR", object: { kind: "Status", apiVersion: "v1", code: 410, reason: "Expired" } };
        return;
      }
      while (sent < this.#version) {
        yield this.#history[sent];
        sent += 1;
      }
      const step = this.#steps.shift();
      if (step === undefined || step.kind === "close") return;
      if (step.kind === "reset") throw new ConnectionError({ code: "ERR_CONNECTION_RESET", message: "reset" });
      if (step.kind === "bookmark") yield { type: "BOOKMARK", object: { metadata: { resourceVersion: String(sent) } } };
      else if (step.kind === "gone") {
        // Things happen while nobody listens, and are forgotten.
        this.#change({ kind: "set", name: "late" });
        this.#change({ kind: "delete", name: "late" });
        this.#compacted = this.#version;
      } else if ("name" in step) this.#change(step);
    }
  }

  #change({ kind, name }: Change): void {
    const known = this.state.get(name);
    if (kind === "delete" && known === undefined) return;
    this.#version += 1;
    const uid = known?.metadata.uid ?? `${name}-${this.#version}`;
    const object = { apiVersion: "v1", kind: "Pod", metadata: { name, uid, resourceVersion: String(this.#version) } };
    if (kind === "delete") this.state.delete(name);
    else this.state.set(name, object);
    this.#history.push({ type: kind === "delete" ? "DELETED" : known === undefined ? "ADDED" : "MODIFIED", object });
  }
}

const environment: WatchEnvironment = { now: () => 0, random: () => 0, sleep: () => Promise.resolve() };

describe("whatever happens to its connections", () => {
  it("a watch leads its reader to the server's state, event by event without contradiction", async () => {
    const name = fc.constantFrom("a", "b", "c");
    const change = fc.record({ kind: fc.constantFrom("set" as const, "set" as const, "delete" as const), name });
    const trouble = fc.record({ kind: fc.constantFrom("close" as const, "reset" as const, "gone" as const, "bookmark" as const) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 3, arbitrary: change }, { weight: 1, arbitrary: trouble }), { maxLength: 40 }),
        async (steps) => {
          const server = new ModelServer(steps);
          const seen = new Map<string, string>();
          const read = async (): Promise<void> => {
            for await (const { type, object } of new Watch(server, {}, environment).events()) {
              const { uid, resourceVersion } = object.metadata;
              expect(seen.has(uid)).toBe(type !== "ADDED");
              if (type === "DELETED") seen.delete(uid);
              else seen.set(uid, resourceVersion);
            }
          };
          await expect(read()).rejects.toBe(over);
          expect(seen).toEqual(new Map([...server.state.values()].map(({ metadata }) => [metadata.uid, metadata.resourceVersion])));
        },
      ),
      { numRuns: timesTheRuns(3) },
    );
  });
});
