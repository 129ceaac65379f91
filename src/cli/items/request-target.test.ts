import { describe, expect, it } from "vitest";
import { requestTarget } from "./request-target.ts";

const commands = ["get", "wait", "explain", "deploy"];

describe("requestTarget", () => {
  it.each([
    [["example.com"], { method: undefined, url: "https://example.com", items: [] }],
    [["example.com", "a=1"], { method: undefined, url: "https://example.com", items: ["a=1"] }],
    [["localhost", "a=1"], { method: undefined, url: "http://localhost", items: ["a=1"] }],
    [["put", ":80/x", "a=1"], { method: "PUT", url: "http://localhost:80/x", items: ["a=1"] }],
    [["PURGE", "cache"], { method: "PURGE", url: "https://cache", items: [] }],
  ])("sorts %j", (words, target) => {
    expect(requestTarget(words, undefined, commands)).toEqual(target);
  });

  it("takes the first word as the URL where the method is fixed", () => {
    expect(requestTarget(["myhost", "a=1"], "POST", commands)).toEqual({ method: "POST", url: "https://myhost", items: ["a=1"] });
  });

  it.each([
    [[], "the URL is missing"],
    [["GET"], "the URL is missing after GET"],
    [["wait", "example.com"], "the command wait must be the first word"],
    [["dploy", "web.yaml"], "unknown command 'dploy'"],
  ])("refuses %j", (words, message) => {
    expect(() => requestTarget(words, undefined, commands)).toThrow(expect.objectContaining({ message }));
  });

  it("names the nearest command, and none when nothing is near", () => {
    expect(() => requestTarget(["dploy"], undefined, commands)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("Did you mean deploy?") }),
    );
    expect(() => requestTarget(["xyzzyplugh"], undefined, commands)).toThrow(
      expect.objectContaining({ hint: expect.not.stringContaining("Did you mean") }),
    );
  });
});
