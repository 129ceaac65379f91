import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSameOriginOrUpgrade } from "./origin.ts";

const same = (from: string, to: string): boolean => isSameOriginOrUpgrade(new URL(from), new URL(to));

describe("isSameOriginOrUpgrade", () => {
  it.each([
    ["https://a.test/x", "https://a.test/y"],
    ["https://a.test/x", "https://A.test:443/y"],
    ["http://a.test:8080/", "http://a.test:8080/y"],
    ["http://[::1]:80/", "http://[0:0:0:0:0:0:0:1]/"],
    ["http://a.test/", "https://a.test/"],
    ["http://a.test:80/", "https://a.test:443/"],
  ])("is true from %s to %s", (from, to) => {
    expect(same(from, to)).toBe(true);
  });

  it.each([
    ["https://a.test/", "https://b.test/"],
    ["https://a.test/", "https://sub.a.test/"],
    ["https://a.test/", "https://a.test./"],
    ["https://a.test/", "https://a.test:8443/"],
    ["https://a.test/", "http://a.test/"],
    ["http://a.test:8080/", "https://a.test/"],
    ["http://a.test/", "https://a.test:8443/"],
    ["http://a.test:8080/", "https://a.test:8443/"],
    ["http://a.test/", "https://b.test/"],
    ["data:,x", "data:,y"],
  ])("is false from %s to %s", (from, to) => {
    expect(same(from, to)).toBe(false);
  });

  it("holds between any origin's pages, and never between two that differ but for the upgrade", () => {
    const origin = fc.record({
      scheme: fc.constantFrom("http", "https"),
      host: fc.constantFrom("a.test", "b.test", "127.0.0.1", "[::1]"),
      port: fc.constantFrom("", ":80", ":443", ":8443"),
    });
    const path = fc.webPath({ size: "small" });
    fc.assert(
      fc.property(origin, origin, path, (from, to, page) => {
        const one = new URL(`${from.scheme}://${from.host}${from.port}/`);
        const other = new URL(`${to.scheme}://${to.host}${to.port}${page.replace(/^\/*/, "/")}`);
        const isUpgrade = from.host === to.host && one.origin === `http://${from.host}` && other.origin === `https://${to.host}`;
        return isSameOriginOrUpgrade(one, other) === (one.origin === other.origin || isUpgrade);
      }),
    );
  });
});
