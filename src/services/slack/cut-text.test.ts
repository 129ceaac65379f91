import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutText } from "./cut-text.ts";

describe("cutText", () => {
  it("leaves what fits", () => {
    expect(cutText("x".repeat(100), 100)).toBe("x".repeat(100));
  });

  it("marks the cut", () => {
    expect(cutText("a".repeat(101), 100)).toMatch(/^a+…$/);
    expect(cutText("a".repeat(101), 100, " (more)")).toMatch(/^a+ \(more\)$/);
  });

  it("never shows half an emoji, half an escape or half a link", () => {
    expect(cutText(`${"x".repeat(98)}😀😀😀😀`, 100)).toBe(`${"x".repeat(98)}…`);
    expect(cutText(`${"x".repeat(97)}&amp;${"y".repeat(20)}`, 100)).toBe(`${"x".repeat(97)}…`);
    expect(cutText(`${"x".repeat(80)}<https://example.com/a|link>${"y".repeat(20)}`, 100)).toBe(`${"x".repeat(80)}…`);
  });

  it("keeps an old < that opens no link", () => {
    expect(cutText(`1 < 2 ${"x".repeat(700)}`, 600)).toHaveLength(600);
  });

  it("closes a code block", () => {
    expect(cutText(`\`\`\`${"x".repeat(200)}\`\`\``, 100)).toMatch(/^```x+\n```…$/);
    expect(cutText(`\`\`\`x\`\`\` ${"y".repeat(200)}`, 100)).toMatch(/y…$/);
  });

  it("gives a well-formed text within the limit that begins like the original", () => {
    const piece = fc.oneof(fc.constantFrom("```", "<https://x", "&amp;", "😀", "<", ">", "\n"), fc.string());
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 80 }), fc.integer({ min: 20, max: 60 }), (pieces, max) => {
        const text = pieces.join("");
        const cut = cutText(text, max);
        expect(cut.length).toBeLessThanOrEqual(max);
        expect(cut).not.toMatch(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])/);
        expect(text.startsWith(cut.replace(/(?:\n```)?…$/, "")) || text === cut).toBe(true);
        if (text.length > max) expect(cut.split("```").length % 2).toBe(1);
      }),
    );
  });
});
