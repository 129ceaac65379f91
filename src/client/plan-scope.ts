import { RequestError, type RequestSummary } from "../errors/index.ts";

/** One field that a dry run says would change. */
export interface FieldDifference {
  /** `spec.template.spec.containers[web].image`. */
  readonly path: string;
  /** JSON, redacted; undefined: not there. */
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** A request as a plan tells of it: redacted. */
export interface PlannedRequest {
  readonly method: string;
  readonly url: string;
  /**
   * - `sent`: it changes nothing, so it went out
   * - `held`: it would have changed something, so nothing of it left
   * - `dryRun`: the service was asked what it would make of it, and changed nothing
   * - `waits`: it was sent, and would be asked again until its answer is another
   */
  readonly outcome: "sent" | "held" | "dryRun" | "waits";
  /** The beginning of the body. */
  readonly body: string | undefined;
  /** Of a dry run: the answer's status. */
  readonly status: number | undefined;
  /** Of a dry run, where the service tells it: what would become of the object. */
  readonly effect: "create" | "change" | "delete" | "none" | undefined;
  /** Of a dry run, where the service tells it. */
  readonly differences: readonly FieldDifference[];
  /** What is to be known beside: why the service refuses it, why it could not be asked. */
  readonly note: string | undefined;
  /** The place in the run it belongs to; undefined where there is no run. */
  readonly step: string | undefined;
}

/** The plan's side of the requests that are made in it. */
export interface PlanScope {
  /** A request is under way, or about to be held back; the result is called when that is over. */
  enter(): () => void;
  note(request: PlannedRequest): void;
}

/** A request of which no more is known than its method and place. */
export function plainRequest(request: Pick<PlannedRequest, "method" | "url" | "outcome"> & Partial<PlannedRequest>): PlannedRequest {
  return { body: undefined, status: undefined, effect: undefined, differences: [], note: undefined, step: undefined, ...request };
}

/** What a request that was held back rejects with. */
export function heldBack(summary: RequestSummary): RequestError {
  return new RequestError({
    code: "ERR_HELD_BACK",
    message: `${summary.method} ${summary.url} was held back: a plan changes nothing`,
    hint: "A request that changes nothing although its method might is marked { safe: true }, and then goes out.",
    request: summary,
  });
}
