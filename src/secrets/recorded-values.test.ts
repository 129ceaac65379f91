import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { literalSecret } from "./literal-secret.ts";
import { redactText } from "./redact-text.ts";
import { openSecret } from "./secret.ts";

describe("the record of values", () => {
  it("is bounded, and a secret still in use is never dropped", () => {
    const used = literalSecret("used-all-the-time-0", "used");
    literalSecret("used-only-once-0000", "unused");
    for (let number = 0; number < 5_000; number += 1) {
      literalSecret(`one-of-many-${number}-x`, "many");
      if (number % 500 === 0) expect(openSecret(used)).toBe("used-all-the-time-0");
    }
    expect(openSecret(used)).toBe("used-all-the-time-0");
    expect(redactText("used-all-the-time-0")).toBe("[redacted]");
    expect(redactText("one-of-many-4999-x one-of-many-3500-x")).toBe("[redacted] [redacted]");
    expect(redactText("used-only-once-0000")).toBe("used-only-once-0000");
  });

  it("cannot be seen from globalThis", () => {
    literalSecret("not-in-the-globals", "globals");
    const ours = Reflect.ownKeys(globalThis).filter((key) => String(key).includes("errand"));
    expect(ours).toHaveLength(1);
    for (const key of ours) {
      expect(Object.getOwnPropertyDescriptor(globalThis, key)?.enumerable).toBe(false);
      const shared: unknown = Reflect.get(globalThis, key);
      expect(inspect(shared, { showHidden: true, depth: 5, customInspect: false })).not.toContain("not-in-the-globals");
      expect(JSON.stringify(shared)).toBe("{}");
    }
  });
});
