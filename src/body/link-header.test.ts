import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timesTheRuns } from "../../test/property-runs.ts";
import { parseLinkHeader } from "./link-header.ts";

describe("parseLinkHeader", () => {
  it("reads GitHub's header", () => {
    const links = parseLinkHeader(
      '<https://api.github.com/user/repos?page=3&per_page=100>; rel="next", <https://api.github.com/user/repos?page=50>; rel="last"',
    );
    expect(Object.keys(links)).toEqual(["next", "last"]);
    expect(links.next).toMatchObject({ url: "https://api.github.com/user/repos?page=3&per_page=100", rel: "next" });
  });

  it("finds relations whatever their case, and each of several in one link", () => {
    const links = parseLinkHeader('</p2>; REL="NEXT Prefetch"');
    expect(links.next?.url).toBe("/p2");
    expect(links.prefetch).toMatchObject({ url: "/p2", rel: "prefetch" });
  });

  it("joins repeated headers", () => {
    const links = parseLinkHeader(["<a>; rel=prev", "<b>; rel=next"]);
    expect([links.prev?.url, links.next?.url]).toEqual(["a", "b"]);
  });

  it("takes the first link of a relation and the first parameter of a name", () => {
    expect(parseLinkHeader("<a>; rel=next; rel=last, <b>; rel=next")).toEqual({ next: { url: "a", rel: "next", params: { rel: "next" } } });
  });

  it("is not misled by commas, semicolons and brackets in URLs and quoted values", () => {
    const links = parseLinkHeader('<http://h/a,b;c>; title="x, <evil>; rel=\\"next\\""; rel=prev , <n>;rel="next"');
    expect(links.prev?.params.title).toBe('x, <evil>; rel="next"');
    expect(links.next?.url).toBe("n");
    expect(links.prev?.url).toBe("http://h/a,b;c");
  });

  it("leaves out links about another resource", () => {
    expect(parseLinkHeader('</other>; rel=next; anchor="#foo", </p2>; rel=next').next?.url).toBe("/p2");
  });

  it("stands a link without a relation under its URL", () => {
    expect(parseLinkHeader("<a>; title=x").a).toMatchObject({ url: "a", rel: "", params: { title: "x" } });
  });

  it("skips what is malformed and goes on", () => {
    expect(Object.keys(parseLinkHeader("garbage, <a; rel=x>; rel=next, , rel=prev, <b> rel=up, <c>; rel=last"))).toEqual([
      "next",
      "b",
      "last",
    ]);
    expect(Object.keys(parseLinkHeader("<never closed; rel=next"))).toEqual([]);
  });

  it.each([undefined, "", [], ","])("has no links in %j", (value) => {
    expect(Object.keys(parseLinkHeader(value))).toEqual([]);
  });

  it("finds no inherited name", () => {
    const links = parseLinkHeader("<a>; rel=__proto__, <b>; rel=next");
    expect(links.constructor).toBeUndefined();
    expect(Object.keys(links)).toEqual(["__proto__", "next"]);
  });

  it.each([
    ["opening brackets", "<".repeat(1_000_000)],
    ["semicolons", `<a>${";".repeat(1_000_000)}`],
    ["spaces", `<a>;${" ".repeat(1_000_000)}`],
    ["backslashes", `<a>; rel="${"\\".repeat(1_000_000)}`],
    ["relations", `<a>; rel="${"x ".repeat(500_000)}"`],
    ["unclosed quotes", '<a>; rel="'.repeat(100_000)],
    ["links", "<a>; rel=next,".repeat(70_000)],
  ])("reads 1 MB of %s in linear time", (_name, header) => {
    const start = performance.now();
    parseLinkHeader(header);
    expect(performance.now() - start).toBeLessThan(1500);
  });

  it("gives back what was written", () => {
    const url = fc.webUrl();
    const title = fc.string({ unit: fc.constantFrom("a", '"', "\\", ",", ";", "<", ">", "=", " ", "é") });
    fc.assert(
      fc.property(fc.array(fc.tuple(url, title), { maxLength: 5 }), (links) => {
        const header = links
          .map(([target, title], index) => `<${target}>; rel="r${index}"; title="${title.replaceAll(/["\\]/g, "\\$&")}"`)
          .join(", ");
        const parsed = parseLinkHeader(header);
        expect(links.map((_, index) => [parsed[`r${index}`]?.url, parsed[`r${index}`]?.params.title])).toEqual(links);
        expect(Object.keys(parsed).length).toBe(links.length);
      }),
    );
  });

  it("never throws", () => {
    const unit = fc.constantFrom("<", ">", ";", ",", "=", '"', "\\", " ", "rel", "next", "a");
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 60 }), (header) => {
        expect(parseLinkHeader(header)).toBeTypeOf("object");
      }),
      { numRuns: timesTheRuns(10) },
    );
  });
});
