import { ErrandError } from "../../errors/index.ts";
import { formatDuration } from "../../retry/index.ts";
import type { CheckSpec, DeployTarget } from "../file/deploy-file.ts";
import type { DeployServices } from "../services.ts";
import type { CheckResult } from "./check-result.ts";
import { judgeHttp } from "./judge-http.ts";
import { judgePods } from "./judge-pods.ts";
import { judgeQuery } from "./judge-query.ts";
import type { Judgement } from "./judgement.ts";

/** A pods check reads three lists; the cluster's own session has its timeouts below this. */
const podsTimeoutMs = 30_000;

export interface RunChecksInput {
  readonly checks: readonly CheckSpec[];
  readonly target: DeployTarget;
  readonly services: DeployServices;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Sees each result as it comes. */
  readonly onResult?: (result: CheckResult) => void;
}

/** Asks all checks at once. Never rejects, but for the signal: what cannot be asked is a result too. */
export async function runChecks(input: RunChecksInput): Promise<readonly CheckResult[]> {
  return Promise.all(
    input.checks.map(async (check) => {
      const result = await runCheck(check, input);
      input.onResult?.(result);
      return result;
    }),
  );
}

async function runCheck(check: CheckSpec, input: RunChecksInput): Promise<CheckResult> {
  const startedMs = input.now();
  const judgement = await judge(check, input);
  return { name: check.name, ...judgement, elapsedMs: Math.max(0, input.now() - startedMs) };
}

async function judge(check: CheckSpec, input: RunChecksInput): Promise<Judgement> {
  const timeoutMs = check.kind === "pods" ? podsTimeoutMs : check.timeoutMs;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    return await ask(check, input, AbortSignal.any([input.signal, timeout]));
  } catch (error) {
    input.signal.throwIfAborted();
    if (timeout.aborted) return { outcome: "error", summary: `no answer within ${formatDuration(timeoutMs)}` };
    return { outcome: "error", summary: error instanceof ErrandError ? withHint(error) : `could not be asked: ${String(error)}` };
  }
}

async function ask(check: CheckSpec, { services, target }: RunChecksInput, signal: AbortSignal): Promise<Judgement> {
  switch (check.kind) {
    case "pods":
      return judgePods(check, await services.cluster.snapshot(target, signal));
    case "prometheus":
      return judgeQuery(check, await services.query(check, signal));
    case "http":
      return judgeHttp(check, await services.get(check, signal));
  }
}

function withHint({ message, hint }: ErrandError): string {
  return hint === undefined ? message : `${message.replace(/\.$/, "")}. ${hint}`;
}
