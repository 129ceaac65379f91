import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseTarget } from "../target.ts";
import { matchRoute, parseRoutePattern } from "./route-pattern.ts";

const match = (route: string, method: string, target: string) => matchRoute(parseRoutePattern(route), method, parseTarget(target));

describe("matchRoute", () => {
  it("compares method and path exactly", () => {
    expect(match("GET /users", "GET", "/users?x=1")).toEqual({});
    expect(match("get /users", "GET", "/users")).toEqual({});
    for (const [method, target] of [
      ["HEAD", "/users"],
      ["GET", "/users/"],
      ["GET", "/Users"],
      ["GET", "/users/1"],
    ] as const) {
      expect(match("GET /users", method, target), `${method} ${target}`).toBeUndefined();
    }
  });

  it("takes any method without one and with an asterisk", () => {
    expect(match("/users", "PUT", "/users")).toEqual({});
    expect(match("* /users", "PUT", "/users")).toEqual({});
    expect(match("*", "OPTIONS", "*")).toEqual({});
    expect(match("GET *", "GET", "/a/b")).toEqual({});
  });

  it("decodes named segments, and keeps a malformed one as sent", () => {
    expect(match("GET /users/:id/posts/:post", "GET", "/users/a%2Fb/posts/7")).toEqual({ id: "a/b", post: "7" });
    expect(match("GET /users/:id", "GET", "/users/50%")).toEqual({ id: "50%" });
    expect(match("GET /users/:id", "GET", "/users/")).toBeUndefined();
  });

  it("lets a final asterisk take the rest and an inner one a single segment", () => {
    expect(match("GET /files/*", "GET", "/files/a/b")).toEqual({});
    expect(match("GET /files/*", "GET", "/files/")).toEqual({});
    expect(match("GET /files/*", "GET", "/filesystem")).toBeUndefined();
    expect(match("GET /*/posts", "GET", "/7/posts")).toEqual({});
    expect(match("GET /*/posts", "GET", "/7/8/posts")).toBeUndefined();
  });

  it("wants every named query pair and allows others", () => {
    expect(match("GET /users?page=2&tag=a", "GET", "/users?tag=b&tag=a&page=2&x=1")).toEqual({});
    expect(match("GET /users?page=2", "GET", "/users?page=3")).toBeUndefined();
    expect(match("GET /users?cursor=*", "GET", "/users?cursor=")).toEqual({});
    expect(match("GET /users?cursor=*", "GET", "/users")).toBeUndefined();
  });
});

describe("parseRoutePattern", () => {
  it("refuses other forms and names the text", () => {
    for (const text of ["", "users", "GET users", "GET /a /b", "GET /a#b", "GET *x", "G@T /a"]) {
      expect(() => parseRoutePattern(text), text).toThrow(JSON.stringify(text));
    }
  });

  it("matches the very request that a literal route spells", () => {
    const segment = fc.stringMatching(/^[a-z0-9%._~-]{1,8}$/);
    fc.assert(
      fc.property(fc.constantFrom("GET", "POST", "PATCH"), fc.array(segment, { maxLength: 4 }), (method, segments) => {
        const path = `/${segments.join("/")}`;
        expect(match(`${method} ${path}`, method, path)).toEqual({});
        expect(match(`${method} ${path}`, method, `${path}/more`)).toBeUndefined();
      }),
    );
  });
});
