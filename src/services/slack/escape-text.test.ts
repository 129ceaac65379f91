import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeText } from "./escape-text.ts";

describe("escapeText", () => {
  it("takes the power from mentions and links, and nothing else", () => {
    expect(escapeText("<!channel> a && b 'c' \"d\" *e* `f`")).toBe("&lt;!channel&gt; a &amp;&amp; b 'c' \"d\" *e* `f`");
    expect(escapeText("&lt;")).toBe("&amp;lt;");
  });

  it("leaves no < and no >, and can be undone", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const escaped = escapeText(text);
        expect(escaped).not.toMatch(/[<>]|&(?!(?:amp|lt|gt);)/);
        expect(escaped.replaceAll("&gt;", ">").replaceAll("&lt;", "<").replaceAll("&amp;", "&")).toBe(text);
      }),
    );
  });
});
