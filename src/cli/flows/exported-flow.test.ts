import { describe, expect, it } from "vitest";
import { flow } from "../../flow/index.ts";
import { exportedFlow } from "./exported-flow.ts";

const one = flow("one", () => 1);
const two = flow("two", () => 2);

function choose(
  module: Record<string, unknown>,
  { wanted, recorded }: { readonly wanted?: string; readonly recorded?: string } = {},
): string {
  return exportedFlow({ module, file: "flows.ts", wanted, recorded }).name;
}

describe("the flow of a module", () => {
  it.each([
    ["a named export", { one, helper: () => 1 }],
    ["the default export", { default: one }],
    ["both, when they are the same", { default: one, one }],
  ])("is its only one: %s", (_what, module) => expect(choose(module)).toBe("one"));

  it("is known by its mark, whatever class it is of", () => {
    const foreign = { name: "foreign", start: () => undefined, [Symbol.for("errand.flow.v1")]: true };
    expect(choose({ foreign, lookalike: { name: "x", start: () => undefined, fn: () => 1 } })).toBe("foreign");
  });

  it("is named by its own name or by that of its export, where there are several", () => {
    expect(choose({ one, other: two }, { wanted: "two" })).toBe("two");
    expect(choose({ one, other: two }, { wanted: "other" })).toBe("two");
    expect(choose({ two: one, one: two }, { wanted: "two" })).toBe("two");
    expect(() => choose({ one, other: two })).toThrow(
      expect.objectContaining({ code: "ERR_USAGE", hint: "Say which: one, two (exported as other)" }),
    );
    expect(() => choose({ one, two }, { wanted: "tow" })).toThrow(expect.objectContaining({ hint: "Did you mean two? There is one, two" }));
    expect(() => choose({ one, copy: flow("one", () => 3) }, { wanted: "one" })).toThrow("exports 2 flows named one");
  });

  it("is the one that the run was begun with, where nothing else is said", () => {
    expect(choose({ one, two }, { recorded: "two" })).toBe("two");
    expect(choose({ one, two }, { recorded: "two", wanted: "one" })).toBe("one");
    expect(() => choose({ one, two }, { recorded: "gone" })).toThrow("exports 2 flows");
  });

  it("is missing: the error shows the lines to write", () => {
    expect(() => choose({ one: () => 1 })).toThrow(
      expect.objectContaining({ code: "ERR_FLOW_MODULE", hint: expect.stringContaining('import { flow } from "errand/flow";') }),
    );
  });
});
