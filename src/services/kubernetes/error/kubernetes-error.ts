import { HTTPError, type Attempt, type RequestSummary, type ResponseLike, type Timings } from "../../../errors/index.ts";
import type { Status, StatusDetails } from "../types.ts";
import { parseStatus } from "./read-status.ts";
import { causeMessage, foreignMessage, statusMessage } from "./status-message.ts";

/** What is known of an answer of 400 or above. */
export interface FailedAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly body: string;
  readonly request: RequestSummary;
  readonly attempts: readonly Attempt[];
  readonly timings: Timings;
  /** The story of several attempts, in words. */
  readonly story?: string;
  header(name: string): string | undefined;
}

/** Why the server refused, field by field. */
export interface ErrorCause {
  readonly field: string | undefined;
  readonly reason: string | undefined;
  /** Without the values that the server quotes. */
  readonly message: string;
}

/**
 * The API server refused: an {@link HTTPError} with the Status it gave.
 *
 * Branch on `reason`, or with the guards (`isNotFound(error)`), not on the message. The message is short and does not repeat what the
 * server quotes of the object; the answer itself is on `response`.
 */
export class KubernetesError extends HTTPError {
  /** `NotFound`, `Conflict`, `Forbidden`, `Invalid`, ...; undefined when the answer was no Status (a proxy, an overloaded server). */
  readonly reason: string | undefined;
  readonly causes: readonly ErrorCause[];
  /** The object that it is about. */
  readonly details: Omit<StatusDetails, "causes"> | undefined;
  readonly retryAfterSeconds: number | undefined;
  /** Finds the call in the cluster's audit log. */
  readonly auditId: string | undefined;

  constructor(answer: FailedAnswer) {
    const status = parseStatus(answer.body);
    const { request, attempts, timings } = answer;
    const text = answer.body;
    const response: ResponseLike = { status: answer.status, statusText: answer.statusText, text: () => text };
    super({
      code: "ERR_KUBERNETES",
      message: errorMessage(answer, status),
      hint: hintFor(answer.status, status),
      request,
      attempts,
      timings,
      response,
    });
    this.reason = status?.reason;
    this.causes = (status?.details?.causes ?? []).map((cause) => ({
      field: cause.field,
      reason: cause.reason,
      message: causeMessage(cause),
    }));
    this.details = withoutCauses(status?.details);
    this.retryAfterSeconds = status?.details?.retryAfterSeconds ?? wholeSeconds(answer.header("retry-after"));
    this.auditId = answer.header("audit-id");
  }

  override toJSON(): Record<string, unknown> {
    const { status, reason, causes, details, auditId } = this;
    return { ...super.toJSON(), status, reason, ...(causes.length === 0 ? {} : { causes }), details, auditId };
  }
}

function errorMessage(answer: FailedAnswer, status: Status | undefined): string {
  const { method, url } = answer.request;
  const word = status?.reason ?? answer.statusText;
  const said = status === undefined ? foreignMessage(answer.body) : statusMessage(status);
  const story = answer.story === undefined ? "" : ` (${answer.story})`;
  return `${method} ${url} answered ${answer.status}${word === "" ? "" : ` ${word}`}${said === "" ? "" : `: ${said}`}${story}`;
}

function hintFor(code: number, status: Status | undefined): string | undefined {
  // Whose credentials do not arrive is anonymous, and is told about permissions instead.
  if (code === 403 && status?.message?.includes('"system:anonymous"') === true) {
    return "The server does not know who is calling: check the credentials before the permissions.";
  }
  return HINTS[status?.reason ?? ""] ?? (code === 401 ? HINTS["Unauthorized"] : undefined);
}

const HINTS: Readonly<Record<string, string>> = {
  Unauthorized: "The credentials are missing, wrong or expired: kubectl auth whoami.",
  Forbidden: "Ask for a Role with the verb and the resource that the message names, or check: kubectl auth can-i VERB RESOURCE.",
  NotFound: "Check name and namespace; a resource of a group that the cluster does not have is not found either.",
  Conflict: "The object was changed since it was read, or another field manager owns the field: read it again.",
  Expired: "The list or watch took too long: begin it again.",
  AlreadyExists: "There is an object of that name: compare it, or choose another.",
  UnsupportedMediaType: "Custom resources take merge, JSON and apply patches, not strategic ones.",
};

function withoutCauses(details: StatusDetails | undefined): KubernetesError["details"] {
  if (details === undefined) return undefined;
  const { causes: _, ...rest } = details;
  return rest;
}

function wholeSeconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
