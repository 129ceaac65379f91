import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isHTTPError, isRequestError } from "../../../errors/index.ts";
import { isAlreadyExists, isConflict, isForbidden, isGone, isInvalid, isNotFound, isTooManyRequests, isUnauthorized } from "./guards.ts";
import { KubernetesError } from "./kubernetes-error.ts";

function errorOf(status: number, body: object | string, headers: Readonly<Record<string, string>> = {}): KubernetesError {
  return new KubernetesError({
    status,
    statusText: "",
    body: typeof body === "string" ? body : JSON.stringify(body),
    request: { method: "PATCH", url: "https://k/apis/apps/v1/namespaces/shop/deployments/web" },
    attempts: [],
    timings: { totalMs: 1 },
    header: (name) => headers[name],
  });
}

function failure(code: number, reason: string, more: object = {}): object {
  return { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message: `${reason} it is`, ...more };
}

describe("KubernetesError", () => {
  it("is an HTTPError with what the Status says", () => {
    const details = { name: "web", group: "apps", kind: "deployments" };
    const error = errorOf(404, failure(404, "NotFound", { message: 'deployments.apps "web" not found', details }), { "audit-id": "a-1" });
    expect(isHTTPError(error) && isRequestError(error)).toBe(true);
    expect(error).toMatchObject({
      code: "ERR_KUBERNETES",
      name: "KubernetesError",
      status: 404,
      reason: "NotFound",
      details,
      auditId: "a-1",
      causes: [],
    });
    expect(error.message).toBe(
      'PATCH https://k/apis/apps/v1/namespaces/shop/deployments/web answered 404 NotFound: deployments.apps "web" not found',
    );
    expect(error.hint).toContain("Check name and namespace");
  });

  it("reads plain text, as an overloaded server sends it, and its Retry-After", () => {
    const error = errorOf(429, "Too many requests, please try again later.\n", { "retry-after": "4" });
    expect(error).toMatchObject({ status: 429, reason: undefined, retryAfterSeconds: 4 });
    expect(error.message).toMatch(/answered 429: Too many requests, please try again later\.$/);
    expect(isTooManyRequests(error)).toBe(true);
  });

  it("gives of a proxy's HTML page its title alone", () => {
    const error = errorOf(502, `<html><head><title>502 Bad Gateway</title></head><body>${"x".repeat(5000)}</body></html>`);
    expect(error.message).toMatch(/answered 502: 502 Bad Gateway$/);
  });

  it("takes retryAfterSeconds from the Status first", () => {
    expect(
      errorOf(429, failure(429, "TooManyRequests", { details: { retryAfterSeconds: 7 } }), { "retry-after": "1" }).retryAfterSeconds,
    ).toBe(7);
  });

  it("never repeats the object that a decode failure quotes, environment variables included", () => {
    const object = JSON.stringify({
      spec: { template: { spec: { containers: [{ env: [{ name: "PASSWORD", value: "hunter2-hunter2" }] }] } } },
    });
    const quoted = `Invalid value: ${JSON.stringify(object)}: strict decoding error: unknown field "spec.replics"`;
    const body = failure(422, "Invalid", {
      message: ` "" is invalid: patch: ${quoted}`,
      details: { causes: [{ reason: "FieldValueInvalid", field: "patch", message: quoted }] },
    });
    const error = errorOf(422, body);
    expect(error.message).toMatch(
      /answered 422 Invalid: the object is invalid: patch: Invalid value \(not shown\): strict decoding error: unknown field "spec.replics"$/,
    );
    expect(error.causes).toEqual([
      {
        field: "patch",
        reason: "FieldValueInvalid",
        message: 'patch: Invalid value (not shown): strict decoding error: unknown field "spec.replics"',
      },
    ]);
    for (const shown of [JSON.stringify(error), inspect(error, { depth: 9 }), String(error.stack)]) expect(shown).not.toContain("hunter2");
    expect(errorOf(422, failure(422, "Invalid", { message: ` "" is invalid: patch: ${quoted}` })).message).not.toContain("hunter2");
  });

  it.each([
    [
      "spec.replicas",
      "Invalid value: -1: must be greater than or equal to 0",
      "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
    ],
    [
      "spec.selector",
      'Invalid value: {"matchLabels":{"app":"x"}}: field is immutable',
      "spec.selector: Invalid value (not shown): field is immutable",
    ],
    [
      "spec.selector",
      'Invalid value: v1.LabelSelector{MatchLabels:map[string]string{"app":"web-of-many"}}: field is immutable',
      "spec.selector: Invalid value (not shown): field is immutable",
    ],
    [
      "spec.containers[0].env[0].value",
      'Invalid value: "s3cret": must be numeric',
      "spec.containers[0].env[0].value: Invalid value (not shown): must be numeric",
    ],
    [
      "spec.restartPolicy",
      'Unsupported value: "Sometimes": supported values: "Always"',
      'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always"',
    ],
    ["spec.containers", "Required value", "spec.containers: Required value"],
  ])("says what is wrong with %s", (field, message, expected) => {
    expect(errorOf(422, failure(422, "Invalid", { details: { causes: [{ field, message }] } })).causes[0]?.message).toBe(expected);
  });

  it("is of bearable length", () => {
    expect(errorOf(500, failure(500, "InternalError", { message: "x".repeat(9000) })).message.length).toBeLessThan(420);
  });

  it("says that nobody is known when anonymous is refused, for that looks like a missing permission", () => {
    const message = 'pods is forbidden: User "system:anonymous" cannot list resource "pods"';
    expect(errorOf(403, failure(403, "Forbidden", { message })).hint).toContain("does not know who is calling");
    expect(errorOf(403, failure(403, "Forbidden")).hint).toContain("Role");
    expect(errorOf(401, "Unauthorized").hint).toContain("credentials");
  });

  it("is made of whatever a server sends", () => {
    const details = fc.oneof(fc.anything(), fc.record({ causes: fc.oneof(fc.anything(), fc.array(fc.anything())), name: fc.anything() }));
    const status = fc.record({ kind: fc.constant("Status"), message: fc.anything(), reason: fc.anything(), details });
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      status.map((value) => JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? 1 : part))),
    );
    fc.assert(
      fc.property(body, (value) => {
        expect(errorOf(500, value).message).toContain("answered 500");
      }),
    );
  });
});

describe("the guards", () => {
  it("tell the two 409s apart", () => {
    const conflict = errorOf(409, failure(409, "Conflict"));
    const exists = errorOf(409, failure(409, "AlreadyExists"));
    expect([isConflict(conflict), isConflict(exists)]).toEqual([true, false]);
    expect([isAlreadyExists(conflict), isAlreadyExists(exists)]).toEqual([false, true]);
  });

  it("know their statuses and nothing else", () => {
    const guards = { 401: isUnauthorized, 403: isForbidden, 404: isNotFound, 410: isGone, 422: isInvalid, 429: isTooManyRequests };
    for (const [code, guard] of Object.entries(guards)) {
      expect(guard(errorOf(Number(code), ""))).toBe(true);
      expect(guard(errorOf(500, ""))).toBe(false);
      expect(guard(new Error(code))).toBe(false);
    }
  });
});
