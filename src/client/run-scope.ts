import { AsyncLocalStorage } from "node:async_hooks";
import { InvalidRequestError } from "../errors/index.ts";
import type { Call } from "./call.ts";
import type { PlanScope } from "./plan-scope.ts";

/** An unsafe request (RFC 9110 9.2.1) that a step is about to send. */
export interface UnsafeRequest {
  readonly method: string;
  /** With everything in it: for digests, never to be kept. */
  readonly url: string;
  /** As it may be written down. */
  readonly redactedUrl: string;
  /** The caller gave a key of its own; the step's is not needed. */
  readonly hasOwnKey: boolean;
  /** Repeating it does no harm: idempotent by its method, or with a key that the service is known to honour. */
  readonly isRepeatable: boolean;
}

/** The step's side of one unsafe request. */
export interface RequestTicket {
  /** For the `Idempotency-Key` header. */
  readonly key: string | undefined;
  /** Resolves when the intent is written down; undefined when it is already. */
  readonly ready: Promise<void> | undefined;
  /** The request is over, whatever came of it. */
  end(): void;
}

/** What a durable run tells the sessions that are used inside it. */
export interface RunScope {
  readonly runId: string;
  /** Undefined between steps, where no request may be made. */
  readonly step:
    | {
        readonly id: string;
        /** Aborts the requests of the step. */
        readonly signal: AbortSignal;
        /** @throws when the request's key would be ambiguous */
        begin(request: UnsafeRequest): RequestTicket;
      }
    | undefined;
  /** Nothing is changed: it is planned what would be. */
  readonly plan?: PlanScope | undefined;
}

/** Shared by the copies of this module in one process: a session of one stands in the steps of the other. The version fixes RunScope's shape. */
const sharedKey = Symbol.for("errand.client.run-scope.v1");
let scopes: AsyncLocalStorage<RunScope | undefined> | undefined;

/** The scope of the code that runs now. Where no flow ever ran, no context is looked up. */
export function currentRunScope(): RunScope | undefined {
  scopes ??= sharedScopes();
  return scopes?.getStore();
}

/** Runs `fn` and all it starts within a scope. */
export function withinRunScope<T>(scope: RunScope, fn: () => T): T {
  scopes ??= sharedScopes() ?? shareScopes(new AsyncLocalStorage());
  return scopes.run(scope, fn);
}

/**
 * Runs `fn` as if no run had begun it: for what goes on beside the steps of a run, and is none of its effects. What is begun in a plan stays
 * part of it, for it may change nothing either.
 */
export function outsideRunScope<T>(fn: () => T): T {
  const current = scopes ?? sharedScopes();
  return current === undefined || current.getStore()?.plan !== undefined ? fn() : current.run(undefined, fn);
}

function sharedScopes(): AsyncLocalStorage<RunScope | undefined> | undefined {
  const existing: unknown = Reflect.get(globalThis, sharedKey);
  return existing instanceof AsyncLocalStorage ? existing : undefined;
}

function shareScopes(made: AsyncLocalStorage<RunScope | undefined>): AsyncLocalStorage<RunScope | undefined> {
  Object.defineProperty(globalThis, sharedKey, { value: made, enumerable: false });
  return made;
}

/** Between steps a request would be sent again whenever the run is resumed. */
export function refuseOutsideStep(scope: RunScope, method: string): void {
  if (scope.step !== undefined) return;
  throw new InvalidRequestError({
    code: "ERR_OUTSIDE_STEP",
    message: `${method}: a request of run ${scope.runId} was made outside a step: it would be sent again whenever the run is resumed`,
    hint: 'Put it into a step: await run.step("name", () => session.get(...).json()).',
  });
}

const idempotentMethods: ReadonlySet<string> = new Set(["PUT", "DELETE"]);

/** Sends a call of a step: an unsafe one with the step's key, and only when the intent is on disk. */
export async function sendInStep<T>(scope: RunScope, call: Call, send: () => Promise<T>): Promise<T> {
  if (scope.plan !== undefined) return planned(scope.plan, call, send);
  if (scope.step === undefined || call.isSafe) return send();
  let ticket: RequestTicket | undefined;
  try {
    ticket = scope.step.begin({
      method: call.method,
      url: call.url.href,
      redactedUrl: call.summary.url,
      hasOwnKey: call.hasOwnKey,
      isRepeatable: idempotentMethods.has(call.method) || call.isKeyed || call.context.defaults.honoursIdempotencyKey,
    });
    if (ticket.key !== undefined) call.useKey(ticket.key);
    if (ticket.ready !== undefined) await ticket.ready;
  } catch (error) {
    ticket?.end();
    call.abandon();
    throw error;
  }
  try {
    return await send();
  } finally {
    ticket.end();
  }
}

async function planned<T>(plan: PlanScope, call: Call, send: () => Promise<T>): Promise<T> {
  const leave = plan.enter();
  try {
    const { sendInPlan } = await import("./send-in-plan.ts");
    return await sendInPlan(plan, call, send);
  } finally {
    leave();
  }
}
