import { describe, expect, it } from "vitest";
import { painter } from "./color.ts";
import { commandLine } from "./command-line.ts";
import { renderResult } from "./run-result.ts";

const plain = painter(false);

describe("the result of a run", () => {
  it.each<[unknown, string | undefined, string | undefined, string]>([
    [{ a: [1, 2] }, '{"a":[1,2]}', '{\n  "a": [\n    1,\n    2\n  ]\n}', '{"a":[1,2]}'],
    ["hello\u001b[2J", "hello\u001b[2J", "hello\\u001b[2J", '"hello\\u001b[2J"'],
    [undefined, undefined, undefined, "null"],
    [null, "null", "null", "null"],
    [7, "7", "7", "7"],
  ])("%j is printed for a pipe, for people, and as JSON", (value, pipe, terminal, json) => {
    expect(renderResult(value, { isTerminal: false, json: false, paint: plain })).toBe(pipe);
    expect(renderResult(value, { isTerminal: true, json: false, paint: plain })).toBe(terminal);
    expect(renderResult(value, { isTerminal: false, json: true, paint: plain })).toBe(json);
  });
});

describe("a command line to copy", () => {
  it("quotes what a shell would take for more than a word", () => {
    expect(commandLine(["errand", "run", "./my flows.ts", "--id", "it's-7", ""])).toBe(`errand run './my flows.ts' --id 'it'\\''s-7' ''`);
  });
});
