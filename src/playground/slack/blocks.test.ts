import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkBlocks } from "./blocks.ts";

const section = (text: string): unknown => ({ type: "section", text: { type: "mrkdwn", text } });

describe("checkBlocks", () => {
  it("accepts the usual blocks", () => {
    const blocks = [
      { type: "header", text: { type: "plain_text", text: "Deploy" } },
      section("*web* 1.8.2"),
      { type: "section", fields: [{ type: "mrkdwn", text: "a" }] },
      { type: "context", elements: [{ type: "mrkdwn", text: "run 7" }] },
      { type: "divider" },
    ];
    expect(checkBlocks(blocks)).toBeUndefined();
  });

  it.each([
    ["no list", {}, ["invalid_blocks_format", ""]],
    ["no list but text", "[", ["invalid_blocks_format", ""]],
    ["more than 50", Array.from({ length: 51 }, () => ({ type: "divider" })), ["invalid_blocks", "no more than 50"]],
    ["an unknown type", [{ type: "toString" }], ["invalid_blocks", "/blocks/0/type"]],
    ["a block that is null", [null], ["invalid_blocks", "/blocks/0/type"]],
    ["a section without text", [{ type: "section" }], ["invalid_blocks", "missing required field: text"]],
    [
      "a section of 3001 characters",
      [section("x".repeat(3001))],
      ["invalid_blocks", "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"],
    ],
    ["an empty section", [section("")], ["invalid_blocks", "must be more than 0 characters"]],
    ["markdown in a header", [{ type: "header", text: { type: "mrkdwn", text: "x" } }], ["invalid_blocks", "/blocks/0/text/type"]],
    ["a long header", [{ type: "header", text: { type: "plain_text", text: "x".repeat(151) } }], ["invalid_blocks", "151"]],
    [
      "11 fields",
      [{ type: "section", fields: Array.from({ length: 11 }, () => ({ type: "mrkdwn", text: "x" })) }],
      ["invalid_blocks", "/fields"],
    ],
    ["a context without elements", [{ type: "context" }], ["invalid_blocks", "elements"]],
    ["too much text in all", Array.from({ length: 5 }, () => section("x".repeat(2700))), ["msg_blocks_too_long", ""]],
  ])("refuses %s", (_name, blocks, [error, detail]) => {
    const problem = checkBlocks(blocks);
    expect(problem?.error).toBe(error);
    expect(problem?.details.join()).toContain(detail ?? "nothing");
  });

  it("accepts a section of exactly 3000 characters", () => {
    expect(checkBlocks([section("x".repeat(3000))])).toBeUndefined();
  });

  it("has a word for every JSON value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const problem = checkBlocks(value);
        expect(problem === undefined || problem.error.length > 0).toBe(true);
        if (!Array.isArray(value)) expect(problem?.error).toBe("invalid_blocks_format");
      }),
    );
  });
});
