import type { CallOptions } from "./call-options.ts";
import type { Connection } from "./connection.ts";

/** What one wants to do, as in a Role. */
export interface AccessQuestion extends CallOptions {
  /** `get`, `list`, `watch`, `create`, `patch`, `delete`, ... */
  readonly verb: string;
  /** Plural. */
  readonly resource: string;
  /** @default "", the core group */
  readonly group?: string;
  readonly subresource?: string;
  /** Absent: all namespaces, or a cluster-wide resource. */
  readonly namespace?: string;
  /** Absent: every object. */
  readonly name?: string;
}

/** What a SelfSubjectAccessReview answered. */
export interface AccessAnswer {
  readonly allowed: boolean;
  /** The server's words; often empty for a refusal. */
  readonly reason: string;
}

interface ReviewBody {
  readonly status?: { readonly allowed?: boolean; readonly reason?: string; readonly evaluationError?: string };
}

/** Asks the server what the present credentials may do (SelfSubjectAccessReview). It changes nothing, so it is repeated like a read. */
export async function askAccess(connection: Connection, question: AccessQuestion): Promise<AccessAnswer> {
  const { verb, resource, group = "", subresource, namespace, name } = question;
  const response = await connection.send({
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    json: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: { verb, group, resource, subresource, namespace, name } },
    },
    isRead: true,
    call: question,
  });
  const { status = {} } = response.json<ReviewBody>();
  return { allowed: status.allowed === true, reason: status.reason || status.evaluationError || "" };
}
