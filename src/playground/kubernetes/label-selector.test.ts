import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatRequirements, matchesRequirements, parseLabelSelector, type Requirement, requirementsOf } from "./label-selector.ts";

const matches = (selector: string, labels: Record<string, string>): boolean => matchesRequirements(parseLabelSelector(selector), labels);

describe("label selectors", () => {
  it("match by equality, sets, existence and comparison, all of them together", () => {
    const labels = { app: "web", tier: "front", "example.com/size": "5" };
    expect(matches("app=web,tier==front", labels)).toBe(true);
    expect(matches("app!=web", labels)).toBe(false);
    expect(matches("nothing!=web", labels)).toBe(true);
    expect(matches("tier in (front, back),app notin (db)", labels)).toBe(true);
    expect(matches("app,!gone", labels)).toBe(true);
    expect(matches("example.com/size>4,example.com/size<6", labels)).toBe(true);
    expect(matches("example.com/size>5", labels)).toBe(false);
    expect(matches("app=web,tier=back", labels)).toBe(false);
    expect(matches("", labels)).toBe(true);
    expect(matches("app=", { app: "" })).toBe(true);
  });

  it("that make no sense are a BadRequest", () => {
    for (const selector of ["a in b", "=x", "a b", "app in (a", "size>big", "a=b=c"]) {
      expect(() => parseLabelSelector(selector), selector).toThrow(expect.objectContaining({ code: 400 }));
    }
  });

  it("of objects become the same requirements", () => {
    const selector = {
      matchLabels: { app: "web" },
      matchExpressions: [
        { key: "tier", operator: "NotIn", values: ["a", "b"] },
        { key: "x", operator: "Exists" },
      ],
    };
    expect(formatRequirements(requirementsOf(selector))).toBe("app=web,tier notin (a,b),x");
  });

  it("survive being written and read again", () => {
    const key = fc.stringMatching(/^[a-z]([a-z0-9._/-]{0,8}[a-z0-9])?$/);
    const value = fc.stringMatching(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,6}[A-Za-z0-9])?$/);
    const requirement: fc.Arbitrary<Requirement> = fc.oneof(
      fc.record({
        key,
        operator: fc.constantFrom("In" as const, "NotIn" as const),
        values: fc.uniqueArray(value, { minLength: 1, maxLength: 3 }).map((list) => list.sort()),
      }),
      fc.record({ key, operator: fc.constantFrom("Exists" as const, "DoesNotExist" as const), values: fc.constant([]) }),
    );
    fc.assert(
      fc.property(fc.uniqueArray(requirement, { selector: (one) => one.key }), (requirements) => {
        const sorted = [...requirements].sort((left, right) => (left.key < right.key ? -1 : 1));
        expect(parseLabelSelector(formatRequirements(requirements))).toEqual(sorted);
      }),
    );
  });

  it("never fail otherwise than as a BadRequest", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseLabelSelector(text);
        } catch (error) {
          expect(error).toMatchObject({ code: 400, reason: "BadRequest" });
        }
      }),
    );
  });
});
