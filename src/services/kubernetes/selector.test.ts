import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatLabelSelector, matchesSelector, parseSelector } from "./selector.ts";
import type { LabelSelector } from "./types.ts";

describe("formatLabelSelector", () => {
  it("turns labels and expressions into the text that the list call takes", () => {
    const selector: LabelSelector = {
      matchLabels: { app: "web", "app.kubernetes.io/part-of": "shop" },
      matchExpressions: [
        { key: "tier", operator: "In", values: ["front", "back"] },
        { key: "track", operator: "NotIn", values: ["canary"] },
        { key: "owner", operator: "Exists" },
        { key: "legacy", operator: "DoesNotExist" },
      ],
    };
    expect(formatLabelSelector(selector)).toBe(
      "app=web,app.kubernetes.io/part-of=shop,tier in (front,back),track notin (canary),owner,!legacy",
    );
  });

  it("gives an empty text for the empty selector", () => {
    expect(formatLabelSelector({})).toBe("");
  });

  it.each([
    [{ matchLabels: { "a,b=c": "x" } }, "is no label key"],
    [{ matchLabels: { app: "x,y" } }, "is no label value"],
    [{ matchExpressions: [{ key: "a", operator: "In" as const }] }, "needs at least one value"],
    [{ matchExpressions: [{ key: "a", operator: "Exists" as const, values: ["x"] }] }, "takes no values"],
  ])("refuses %j, which would select something else", (selector, reason) => {
    expect(() => formatLabelSelector(selector)).toThrow(reason);
  });
});

describe("parseSelector", () => {
  it("reads equality-based and set-based requirements, blanks anywhere", () => {
    expect(parseSelector(" app = web , tier!=db,env in ( a ,b), zone notin (x) ,!canary , ready,in in (in) ")).toEqual({
      matchLabels: { app: "web" },
      matchExpressions: [
        { key: "tier", operator: "NotIn", values: ["db"] },
        { key: "env", operator: "In", values: ["a", "b"] },
        { key: "zone", operator: "NotIn", values: ["x"] },
        { key: "canary", operator: "DoesNotExist" },
        { key: "ready", operator: "Exists" },
        { key: "in", operator: "In", values: ["in"] },
      ],
    });
  });

  it("keeps both requirements when a key is given twice", () => {
    const selector = parseSelector("app=a,app==b");
    expect(selector).toEqual({ matchLabels: { app: "a" }, matchExpressions: [{ key: "app", operator: "In", values: ["b"] }] });
    expect(matchesSelector({ app: "a" }, selector)).toBe(false);
  });

  it("gives the empty selector for an empty text", () => {
    expect(parseSelector("  ")).toEqual({});
  });

  it("names the place of what does not fit", () => {
    expect(() => parseSelector("app=web;tier=x")).toThrow('expected a comma or the end at character 8, found ";"');
    expect(() => parseSelector("env in (a")).toThrow('expected "," or ")" at character 10, found the end');
    expect(() => parseSelector("app=web,")).toThrow("expected a label key at character 9, found the end");
    expect(() => parseSelector("env in a")).toThrow('expected "(" at character 8');
  });

  it("reads back what formatLabelSelector writes", () => {
    const name = fc.stringMatching(/^[A-Za-z0-9]([-_.A-Za-z0-9]{0,10}[A-Za-z0-9])?$/);
    const values = fc.array(name, { minLength: 1, maxLength: 3 });
    const requirement = fc.oneof(
      fc.record({ key: name, operator: fc.constantFrom("In" as const, "NotIn" as const), values }),
      fc.record({ key: name, operator: fc.constantFrom("Exists" as const, "DoesNotExist" as const) }),
    );
    const labels = fc.dictionary(name, name, { maxKeys: 3 });
    const selectors = fc.record({ matchLabels: labels, matchExpressions: fc.array(requirement, { maxLength: 4 }) });
    fc.assert(
      fc.property(selectors, labels, (selector, candidate) => {
        const again = parseSelector(formatLabelSelector(selector));
        expect(matchesSelector(candidate, again)).toBe(matchesSelector(candidate, selector));
        expect(matchesSelector(selector.matchLabels, again)).toBe(matchesSelector(selector.matchLabels, selector));
      }),
    );
  });

  it("either reads a text or refuses it with ERR_INVALID_OPTION", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z=!,() ]*$/)), (text) => {
        try {
          expect(parseSelector(formatLabelSelector(parseSelector(text)))).toBeDefined();
        } catch (error) {
          expect(error).toMatchObject({ code: "ERR_INVALID_OPTION" });
        }
      }),
    );
  });
});

describe("matchesSelector", () => {
  it("selects an object without the key for notin, as the API does", () => {
    expect(matchesSelector({}, parseSelector("tier notin (db)"))).toBe(true);
    expect(matchesSelector({}, parseSelector("tier in (db)"))).toBe(false);
    expect(matchesSelector({ tier: "db" }, parseSelector("!tier"))).toBe(false);
  });

  it("does not take inherited properties for labels", () => {
    expect(matchesSelector({}, parseSelector("constructor"))).toBe(false);
  });
});
