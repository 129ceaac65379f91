import { describe, expect, it } from "vitest";
import { forwardedRequest, isForwarded, resolveProxy, tunnelledHeaders, type ProxyChoice } from "./index.ts";

const proxy = (url: string): ProxyChoice => {
  const choice = resolveProxy(url, {}).choose(new URL("http://h.example"));
  if (choice === undefined) throw new Error("no proxy");
  return choice;
};

describe("a request that the proxy forwards", () => {
  it("has the absolute form without userinfo and fragment, and the target's Host", () => {
    const request = forwardedRequest(new URL("http://user:pw@H.example:8080/a%20b?q=1#part"), ["accept", "*/*"], ["X-Team", "ops"]);
    expect(request).toEqual({
      path: "http://h.example:8080/a%20b?q=1",
      headers: ["Host", "h.example:8080", "accept", "*/*", "X-Team", "ops"],
    });
  });

  it("brackets IPv6, leaves out port 80, and has a path always", () => {
    expect(forwardedRequest(new URL("http://[::1]:80"), [], []).path).toBe("http://[::1]/");
  });

  it("keeps the caller's own Host and Proxy-Authorization", () => {
    const own = ["host", "virtual.example", "proxy-authorization", "Basic own"];
    expect(forwardedRequest(new URL("http://h.example/"), own, ["Proxy-Authorization", "Basic other", "Via-Team", "ops"]).headers).toEqual([
      ...own,
      "Via-Team",
      "ops",
    ]);
  });

  it("is plain http through an HTTP proxy; all else goes through a tunnel, and plain http too where its address is checked", () => {
    const http = new URL("http://h.example/");
    const https = new URL("https://h.example/");
    expect(isForwarded(proxy("http://p"), http, false)).toBe(true);
    expect(isForwarded(proxy("https://p"), http, false)).toBe(true);
    expect(isForwarded(proxy("http://p"), https, false)).toBe(false);
    expect(isForwarded(proxy("socks5://p"), http, false)).toBe(false);
    expect(isForwarded(proxy("http://p"), http, true)).toBe(false);
  });
});

describe("a tunnelled request", () => {
  it("has no Proxy-Authorization, which the target would read", () => {
    expect(tunnelledHeaders(["accept", "*/*", "Proxy-Authorization", "Basic x", "x", "proxy-authorization"])).toEqual([
      "accept",
      "*/*",
      "x",
      "proxy-authorization",
    ]);
  });

  it("keeps the list itself where there is nothing to remove", () => {
    const headers = ["accept", "*/*"];
    expect(tunnelledHeaders(headers)).toBe(headers);
  });
});
