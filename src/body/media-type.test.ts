import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mediaType } from "./media-type.ts";

describe("mediaType", () => {
  it("reads type and parameters in any case, quoted or not", () => {
    expect(mediaType(' Text/HTML ; Charset="utf-8" ;q=1;x')).toEqual({ type: "text/html", params: { charset: "utf-8", q: "1", x: "" } });
    expect(mediaType('multipart/form-data; boundary="a;b\\"c"')?.params.boundary).toBe('a;b"c');
    expect(mediaType("application/problem+json")?.type).toBe("application/problem+json");
  });

  it.each([undefined, "", "html", "/", "text/", ";charset=utf-8", "text html/x"])("is undefined for %j", (contentType) => {
    expect(mediaType(contentType)).toBeUndefined();
  });

  it("stops at a second type that a proxy joined on", () => {
    expect(mediaType("text/html; charset=utf-8, text/plain; charset=latin1")).toEqual({ type: "text/html", params: { charset: "utf-8" } });
  });

  it("never throws and never takes a parameter from a prototype", () => {
    fc.assert(
      fc.property(fc.string(), (tail) => {
        expect(mediaType(`text/plain${tail}`)?.params.constructor).toBeUndefined();
      }),
    );
  });
});
