import type { PlannedRequest, PlanScope } from "../../client/index.ts";
import type { StepKind, StoredError } from "../engine.ts";
import type { PlanEntry } from "./plan-result.ts";
import { PlanTree } from "./plan-tree.ts";

/** An entry while it is being found out. */
export interface Draft {
  readonly id: string;
  readonly kind: PlanEntry["kind"];
  state: PlanEntry["state"];
  reads: number;
  readonly requests: PlannedRequest[];
  sleepMs: number | undefined;
  error: StoredError | undefined;
}

/** Between its steps a flow has pure code: if nothing began for so long, nothing will. */
const quietMs = 20;
const quietTurns = 3;

/** What a planned run has done and cannot do, and when there is no more to come. */
export class Planner {
  readonly #entries = new PlanTree<Draft>();
  readonly #branches = new Map<string, () => void>();
  readonly #outer: PlanScope | undefined;
  readonly #prefix: string;
  #active = 0;
  /** Counts what begins and ends. */
  #epoch = 0;
  #isStuck = false;
  #hasEnded = false;
  #isLooking = false;
  readonly #idle: (() => void)[] = [];
  #skippedMs = 0;
  #onQuiet: () => void = () => undefined;
  /** Resolves when everything that goes on waits for what will not come. A flow of which nothing waits ends by itself. */
  readonly quiet = new Promise<void>((resolve) => {
    this.#onQuiet = resolve;
  });

  /** @param outer the plan within which this one is made: it is told of every request */
  constructor(runId: string, outer: PlanScope | undefined) {
    this.#prefix = `${runId}/`;
    this.#outer = outer;
  }

  /** Something does not go on. */
  get isStuck(): boolean {
    return this.#isStuck;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Nothing more is looked at. */
  end(): void {
    this.#hasEnded = true;
  }

  get entries(): PlanEntry[] {
    return [...this.#entries].map((draft) => ({ ...draft, requests: [...draft.requests] }));
  }

  /** The clock of the plan: what would be slept has passed. */
  now(): number {
    return Date.now() + this.#skippedMs;
  }

  skipTo(atMs: number): void {
    this.#skippedMs += Math.max(0, atMs - this.now());
  }

  /** Something goes on, of which more may come; the result ends it. */
  enter(): () => void {
    this.#active += 1;
    this.#epoch += 1;
    return () => {
      this.#active -= 1;
      this.#epoch += 1;
      if (this.#active > 0) return;
      for (const resolve of this.#idle.splice(0)) resolve();
      this.#lookIfQuiet();
    };
  }

  begin(place: string, kind: PlanEntry["kind"]): Draft {
    const id = place.startsWith(this.#prefix) ? place.slice(this.#prefix.length) : place;
    const draft: Draft = { id, kind, state: "unfinished", reads: 0, requests: [], sleepMs: undefined, error: undefined };
    this.#entries.add(place, draft);
    return draft;
  }

  /** What an earlier process of the run had done. */
  recorded(place: string, kind: StepKind): void {
    if (kind === "step" || kind === "sleep" || kind === "signal") this.begin(place, kind).state = "recorded";
  }

  /** What the requests of a step, or of a run that it starts, come to. */
  scopeOf(draft: Draft): PlanScope {
    return {
      enter: () => this.enter(),
      note: (request) => {
        const step = request.step ?? `${this.#prefix}${draft.id}`;
        if (request.outcome === "sent") draft.reads += 1;
        else draft.requests.push({ ...request, step });
        this.#outer?.note({ ...request, step });
      },
    };
  }

  /** The place does not go on. */
  hold(place: string, draft: Draft, state: "held" | "waits"): void {
    draft.state = state;
    this.#isStuck = true;
    for (const [prefix, release] of this.#branches) if (place.startsWith(prefix)) release();
    this.#lookIfQuiet();
  }

  /** Waits for the work of a branch; true as soon as something of it does not go on: the next item need not wait for that. */
  async unlessStuck(prefix: string, work: Promise<void>): Promise<boolean> {
    this.#entries.at(prefix);
    let release: () => void = () => undefined;
    const stuck = new Promise<boolean>((resolve) => {
      release = () => resolve(true);
    });
    this.#branches.set(prefix, release);
    try {
      return await Promise.race([stuck, work.then(() => false)]);
    } finally {
      this.#branches.delete(prefix);
    }
  }

  /** Resolves when nothing is in flight. */
  async idle(): Promise<void> {
    if (this.#active > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** For what is begun between steps: another flow's run. */
  outside(prefix: string): PlanScope {
    const drafts = new Map<string, Draft>();
    return {
      enter: () => this.enter(),
      note: (request) => {
        const place = `${prefix}${request.step ?? ""}`;
        const draft = drafts.get(place) ?? this.begin(place, "step");
        drafts.set(place, draft);
        draft.state = request.outcome === "held" ? "held" : "done";
        this.scopeOf(draft).note(request);
      },
    };
  }

  #lookIfQuiet(): void {
    if (this.#active > 0 || !this.#isStuck || this.#isLooking) return;
    this.#isLooking = true;
    const epoch = this.#epoch;
    const look = (turns: number): void => {
      if (this.#epoch !== epoch) {
        this.#isLooking = false;
        this.#lookIfQuiet();
      } else if (turns === 0) this.#onQuiet();
      else setImmediate(look, turns - 1);
    };
    setTimeout(look, quietMs, quietTurns);
  }
}
