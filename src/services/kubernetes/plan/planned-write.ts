import { heldBack, plainRequest, withinRunScope, type ErrandResponse, type PlannedRequest, type RunScope } from "../../../client/index.ts";
import { redactUrl } from "../../../secrets/index.ts";
import type { ApiRequest } from "../api/connection.ts";
import { isNotFound } from "../error/guards.ts";
import { KubernetesError } from "../error/kubernetes-error.ts";
import { takesDryRun, type DryRunSupport } from "./dry-run-support.ts";
import { serverDifferences } from "./server-difference.ts";

/** The connection's side of a write in a plan. */
export interface WritePlanner {
  readonly scope: RunScope;
  readonly server: string;
  readonly support: DryRunSupport;
  readonly send: (request: ApiRequest) => Promise<ErrandResponse>;
}

/** In place of a write: the server's own dry run, and what it would change. What the server cannot rehearse is held back. */
export async function planWrite({ scope, server, support, send }: WritePlanner, request: ApiRequest): Promise<ErrandResponse> {
  const { plan } = scope;
  const summary = { method: request.method, url: redactUrl(`${server}${request.path}`) };
  const note = (more: Pick<PlannedRequest, "outcome"> & Partial<PlannedRequest>): void => plan?.note(plainRequest({ ...summary, ...more }));
  const hold = (why: string): Error => {
    note({ outcome: "held", note: why });
    return heldBack(summary);
  };
  // What is asked to find out is told as one entry.
  const quiet = plan === undefined ? undefined : { enter: () => plan.enter(), note: () => undefined };
  const ask = (own: ApiRequest): Promise<ErrandResponse> => withinRunScope({ ...scope, plan: quiet }, () => send(own));
  if (!(await takesDryRun(support, request, ask))) throw hold("this API does not say that it takes dryRun");
  const before = await readBefore(request, ask);
  try {
    const response = await ask(rehearsal(request));
    const { status } = response;
    note({ outcome: "dryRun", status, ...outcomeOf(request, before, response) });
    return response;
  } catch (error) {
    if (isUnsupported(error)) throw hold(error.message);
    if (error instanceof KubernetesError) note({ outcome: "dryRun", status: error.status, note: error.message });
    throw error;
  }
}

/** With a body a DELETE does not read the query: there it has to stand in the body. */
function rehearsal(request: ApiRequest): ApiRequest {
  const { method, json, params } = request;
  const rehearsed = { isRead: true, redirect: false } as const;
  if (method === "DELETE") return { ...request, ...rehearsed, json: { ...(typeof json === "object" ? json : {}), dryRun: ["All"] } };
  return {
    ...request,
    ...rehearsed,
    params: { ...(params instanceof URLSearchParams ? Object.fromEntries(params) : params), dryRun: "All" },
  };
}

/** The object as it is. */
type Before = { readonly object: unknown } | { readonly unknown: string };

async function readBefore({ method, path, call }: ApiRequest, ask: WritePlanner["send"]): Promise<Before> {
  if (method === "POST" || method === "DELETE") return { object: undefined };
  try {
    const response = await ask({ method: "GET", path, call: { ...call, onAnswer: undefined } });
    return { object: response.json() };
  } catch (error) {
    if (isNotFound(error)) return { object: undefined };
    // Who may write need not be allowed to read.
    if (error instanceof KubernetesError) return { unknown: `what would change is not known: ${error.message}` };
    throw error;
  }
}

function outcomeOf(
  { method }: ApiRequest,
  before: Before,
  response: ErrandResponse,
): Pick<PlannedRequest, "effect"> & Partial<PlannedRequest> {
  if (method === "DELETE") return { effect: "delete" };
  if ("unknown" in before) return { effect: undefined, note: before.unknown };
  const differences = serverDifferences(before.object, response.json());
  if (before.object === undefined) return { effect: "create", differences };
  return { effect: differences.length === 0 ? "none" : "change", differences };
}

/** A webhook with side effects says so (k8s.io/apiserver, webhook/errors). */
function isUnsupported(error: unknown): error is KubernetesError {
  return error instanceof KubernetesError && error.status === 400 && error.message.includes("does not support dry run");
}
