import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseProblem } from "./problem.ts";

const type = "application/problem+json; charset=utf-8";

describe("parseProblem", () => {
  it("reads the members of RFC 9457 and the extensions", () => {
    const problem = {
      type: "https://example.com/probs/out-of-credit",
      title: "No credit",
      status: 403,
      detail: "Balance is 30",
      instance: "/a/1",
      balance: 30,
    };
    expect(parseProblem(type, Buffer.from(JSON.stringify(problem)))).toEqual(problem);
  });

  it("ignores members of the wrong type and supplies about:blank", () => {
    const body = '{"type":7,"title":["x"],"status":"403","detail":null,"instance":{},"code":"E1"}';
    expect(parseProblem(type, Buffer.from(body))).toEqual({ type: "about:blank", code: "E1" });
    expect(parseProblem(type, Buffer.from('{"status":4.5}'))).toEqual({ type: "about:blank" });
  });

  it.each(["", "[]", "null", "7", '"x"', "<html>"])("has no problem in the body %j", (body) => {
    expect(parseProblem(type, Buffer.from(body))).toBeUndefined();
  });

  it.each([undefined, "application/json", "application/problem+xml", "text/html"])(
    "looks only at problem+json, not at %s",
    (contentType) => {
      expect(parseProblem(contentType, Buffer.from('{"title":"x"}'))).toBeUndefined();
    },
  );

  it("never throws, whatever the body", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (body) =>
        ["object", "undefined"].includes(typeof parseProblem(type, Buffer.from(body))),
      ),
    );
  });
});
