import { describe, expect, it } from "vitest";
import { Ended, filePath, wantsColor } from "./io.ts";

describe("wantsColor", () => {
  it.each([
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: "1" }, true, false],
    [{ NO_COLOR: "" }, true, true],
    [{ NO_COLOR: "1", FORCE_COLOR: "1" }, true, false],
    [{ FORCE_COLOR: "1" }, false, true],
    [{ FORCE_COLOR: "0" }, true, false],
    [{ TERM: "dumb" }, true, false],
    [{ TERM: "dumb", FORCE_COLOR: "1" }, true, true],
  ])("with %j and a terminal %s it is %s", (env, isTTY, wanted) => expect(wantsColor(env, isTTY)).toBe(wanted));
});

describe("filePath", () => {
  const io = { cwd: "/home/me", env: { HOME: "/home/ann" } };
  it("starts at the working directory", () => expect(filePath(io, "a/b.pem")).toBe("/home/me/a/b.pem"));
  it("reads ~ where no shell did", () => expect(filePath(io, "~/ca.pem")).toBe("/home/ann/ca.pem"));
  it("leaves other names with a tilde alone", () => expect(filePath(io, "~x")).toBe("/home/me/~x"));
});

it("a reader that went away is no failure, a signal is", () => {
  expect((["outputClosed", "outputFailed", "interrupted", "terminated"] as const).map((kind) => new Ended(kind).exitCode)).toEqual([
    0, 1, 130, 143,
  ]);
});
