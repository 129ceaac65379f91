import { describe, expect, it } from "vitest";
import { apiErrorLine } from "./api-error.ts";

describe("apiErrorLine", () => {
  it.each([
    ["RFC 9457", { type: "about:blank", title: "Out of credit", detail: "Your balance is 30." }, "Out of credit: Your balance is 30."],
    ["GitHub", { message: "Not Found", documentation_url: "https://example.com" }, "Not Found"],
    ["Kubernetes", { kind: "Status", status: "Failure", message: 'pods "x" not found', code: 404 }, 'pods "x" not found'],
    ["OAuth", { error: "invalid_grant", error_description: "The code has expired" }, "The code has expired"],
    ["a word", { error: "no such user" }, "no such user"],
    ["Google", { error: { code: 403, message: "Permission denied" } }, "Permission denied"],
    ["JSON:API", { errors: [{ status: "422", title: "Invalid", detail: "too short" }] }, "Invalid: too short"],
    ["GraphQL", { errors: [{ message: "Cannot query field" }], data: null }, "Cannot query field"],
    ["a list of texts", { errors: ["name is missing", "age is missing"] }, "name is missing"],
    ["Elasticsearch", { error: { type: "x", reason: "y" }, status: 400 }, undefined],
    ["nothing of the kind", { ok: false }, undefined],
    ["no object", "no", undefined],
  ])("finds what %s says", (_name, body, line) => expect(apiErrorLine(JSON.stringify(body))).toBe(line));

  it("is one line, without control characters and credentials, and not long", () => {
    expect(apiErrorLine(JSON.stringify({ message: "a\n\u001b[31mb" }))).toBe("a \\u001b[31mb");
    expect(apiErrorLine(JSON.stringify({ message: "bad: Authorization: Bearer abcdefghijklmnop" }))).not.toContain("abcdefghijklmnop");
    expect(apiErrorLine(JSON.stringify({ message: "x".repeat(1000) }))).toHaveLength(203);
  });

  it("leaves what is no JSON, or cut off, alone", () => expect(apiErrorLine('{"message":"a')).toBeUndefined());
});
