import { describe, expect, it } from "vitest";
import { InvalidRequestError } from "../errors/index.ts";
import { defaultRedirectPolicy, resolveRedirect, type RedirectOptions } from "./redirect-policy.ts";

describe("resolveRedirect", () => {
  it("follows 20 hops, no downgrade and no body to another origin when nothing is said", () => {
    expect(resolveRedirect(undefined)).toBe(defaultRedirectPolicy);
    expect(defaultRedirectPolicy).toEqual({ isOff: false, max: 20, allowDowngrade: false, crossOriginBody: false });
  });

  it("changes only what the call names and keeps the rest of the session's", () => {
    const session = resolveRedirect({ max: 3, allowDowngrade: true });
    expect(resolveRedirect({ crossOriginBody: true }, session)).toEqual({
      isOff: false,
      max: 3,
      allowDowngrade: true,
      crossOriginBody: true,
    });
    expect(resolveRedirect({ allowDowngrade: false, max: undefined }, session)).toMatchObject({ max: 3, allowDowngrade: false });
    expect(resolveRedirect(undefined, session)).toBe(session);
  });

  it("is off for false, and on again for an object on a call", () => {
    const off = resolveRedirect(false, resolveRedirect({ max: 3 }));
    expect(off).toMatchObject({ isOff: true, max: 3 });
    expect(resolveRedirect({}, off)).toMatchObject({ isOff: false, max: 3 });
    expect(Object.isFrozen(off) && Object.isFrozen(resolveRedirect({}))).toBe(true);
  });

  it.each<[unknown, string]>([
    [{ limit: 3 }, "redirect.limit is not an option. redirect takes max, allowDowngrade, crossOriginBody"],
    [JSON.parse('{"__proto__": {"allowDowngrade": true}}'), "redirect.__proto__ is not an option"],
    [{ max: -1 }, "redirect.max: -1"],
    [{ max: 1.5 }, "redirect.max: 1.5"],
    [{ max: 101 }, "redirect.max: 101"],
    [{ max: "5" }, 'redirect.max: "5"'],
    [{ max: null }, "redirect.max: null"],
    [{ allowDowngrade: "no" }, 'redirect.allowDowngrade: "no"'],
    [{ crossOriginBody: 1 }, "redirect.crossOriginBody: 1"],
    [true, "redirect takes false or an object"],
    [null, "redirect takes false or an object"],
    [[], "redirect takes false or an object"],
    ["follow", "redirect takes false or an object"],
  ])("refuses %j", (redirect, message) => {
    expect(() => resolveRedirect(redirect as RedirectOptions)).toThrow(InvalidRequestError);
    expect(() => resolveRedirect(redirect as RedirectOptions)).toThrow(message);
  });

  it("does not read options that somebody put on Object.prototype", () => {
    Reflect.set(Object.prototype, "allowDowngrade", true);
    try {
      expect(resolveRedirect({}).allowDowngrade).toBe(false);
    } finally {
      Reflect.deleteProperty(Object.prototype, "allowDowngrade");
    }
  });
});
