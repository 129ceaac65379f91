import { describe, expect, it } from "vitest";
import { guessType } from "./guess-type.ts";

describe("guessType", () => {
  it.each([
    ["report.txt", "text/plain"],
    ["/var/log/x.LOG", "text/plain"],
    ["chart-1.2.3.tgz", "application/gzip"],
    ["values.yaml", "application/yaml"],
    ["a.b.json", "application/json"],
  ])("knows %s", (name, type) => {
    expect(guessType(name)).toBe(type);
  });

  it.each(["Makefile", "x.unknown", "", "x.", "constructor", "x.constructor"])("does not guess for %j", (name) => {
    expect(guessType(name)).toBeUndefined();
  });
});
