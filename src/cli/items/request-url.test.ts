import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageError } from "../usage-error.ts";
import { completeUrl } from "./request-url.ts";

describe("completeUrl", () => {
  it.each([
    ["example.com/users", "https://example.com/users"],
    ["http://example.com", "http://example.com"],
    ["HTTPS://example.com", "HTTPS://example.com"],
    ["://example.com/x", "https://example.com/x"],
    ["localhost:8080/x", "http://localhost:8080/x"],
    ["api.localhost", "http://api.localhost"],
    ["10.0.0.7/x", "http://10.0.0.7/x"],
    ["user:pw@10.0.0.7:81", "http://user:pw@10.0.0.7:81"],
    ["[::1]:8080/x", "http://[::1]:8080/x"],
    [":3000/x?y=1", "http://localhost:3000/x?y=1"],
    [":/x", "http://localhost/x"],
    [":", "http://localhost"],
    [":8080", "http://localhost:8080"],
    ["localhost.example.com", "https://localhost.example.com"],
    ["example.com?next=http://other", "https://example.com?next=http://other"],
  ])("completes %s to %s", (typed, url) => expect(completeUrl(typed)).toBe(url));

  it.each(["::1", ":abc", "http:/example.com", "https:example.com", "://"])("refuses %s instead of guessing", (typed) => {
    expect(() => completeUrl(typed)).toThrow(UsageError);
  });

  it("gives a URL with a scheme back as it is", () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (url) => {
        expect(completeUrl(url)).toBe(url);
      }),
    );
  });

  it("gives http or https to everything that has no scheme, or refuses it", () => {
    fc.assert(
      fc.property(fc.string(), (typed) => {
        try {
          expect(completeUrl(typed)).toMatch(/^[a-z][a-z\d+.-]*:\/\//i);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
    );
  });
});
