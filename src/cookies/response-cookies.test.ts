import { describe, expect, it } from "vitest";
import { responseCookies } from "./response-cookies.ts";

describe("responseCookies", () => {
  it("gives the value of each name as the lines say, the last of a name", () => {
    const cookies = responseCookies(["a=1; Path=/; HttpOnly", 'b="x; y', "a=2", "nameless", "=3", "gone=; Max-Age=0", "c=%0d%0a"]);
    expect({ ...cookies }).toEqual({ a: "2", b: '"x', gone: "", c: "%0d%0a" });
  });

  it("reads a single line, and none", () => {
    expect({ ...responseCookies("a=1") }).toEqual({ a: "1" });
    expect({ ...responseCookies(undefined) }).toEqual({});
  });

  it("has no inherited names", () => {
    const cookies = responseCookies(["__proto__=1"]);
    expect([cookies["constructor"], "toString" in cookies, Object.keys(cookies)]).toEqual([undefined, false, ["__proto__"]]);
  });
});
