import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { isSecret, literalSecret, openSecret } from "../secrets/index.ts";
import { mergeCookies } from "./merge-cookies.ts";

describe("mergeCookies", () => {
  it.each([
    ["foo=baz", "foo=bar; sid=1", "foo=baz; sid=1"],
    ["a=1; b=2", "c=3", "a=1; b=2; c=3"],
    ["a=1;b=2;", "b=9; c=3", "a=1;b=2; c=3"],
    ["a=x=y", "x=1", "a=x=y; x=1"],
    ["all=mine", "all=his", "all=mine"],
    ["", "a=1", "a=1"],
    ["a=1", undefined, "a=1"],
    [undefined, "a=1", "a=1"],
    [undefined, undefined, undefined],
  ])("joins the call's %j with the jar's %j", (own, jar, expected) => {
    expect(mergeCookies(own, jar)).toBe(expected);
  });

  it("joins to a Secret without opening it", async () => {
    const merged = mergeCookies(literalSecret("sid=hunter2-secret", "cookie"), "sid=old; theme=dark");
    expect(inspect(merged)).toBe("[secret cookie]");
    expect(isSecret(merged) && (await openSecret(merged))).toBe("sid=hunter2-secret; theme=dark");
  });
});
