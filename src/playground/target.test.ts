import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseTarget } from "./target.ts";

describe("parseTarget", () => {
  it("keeps the path as it came on the wire", () => {
    expect(parseTarget("/a%20b/../%2e%2e//c?x=1").path).toBe("/a%20b/../%2e%2e//c");
    expect(parseTarget("//evil/x").path).toBe("//evil/x");
  });

  it("reduces the absolute form to its path", () => {
    const { path, query } = parseTarget("http://example.com:80?page=2");
    expect([path, query.get("page")]).toEqual(["/", "2"]);
    expect(parseTarget("http://example.com/a/b").path).toBe("/a/b");
  });

  it("reads the asterisk form", () => {
    expect(parseTarget("*").path).toBe("*");
  });

  it("loses nothing of path and query, whatever they hold", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\w%.~/;:@-]{0,20}$/), fc.array(fc.tuple(fc.string(), fc.string())), (path, pairs) => {
        const query = new URLSearchParams(pairs);
        const parsed = parseTarget(`/x${path}?${query}`);
        expect(parsed.path).toBe(`/x${path}`);
        expect([...parsed.query]).toEqual([...query]);
      }),
    );
  });
});
