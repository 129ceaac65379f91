import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseTunnelReply } from "./tunnel-reply.ts";

describe("a proxy's reply", () => {
  it.each([
    ["HTTP/1.1 200 Connection established", 200, "Connection established"],
    ["HTTP/1.0 200 OK", 200, "OK"],
    ["HTTP/1.1 200", 200, ""],
    ["HTTP/1.1 200 ", 200, ""],
    ["HTTP/1.1 502 Bad\x1b[31m Gate\u00e9way", 502, "Bad?[31m Gate?way"],
    [`HTTP/1.1 400 ${"x".repeat(300)}`, 400, "x".repeat(80)],
  ])("%j has status %i and reason %j", (line, status, reason) => {
    expect(parseTunnelReply([line])).toMatchObject({ status, reason });
  });

  it.each([
    "",
    "HTTP/1.1",
    "HTTP/1.1 20",
    "HTTP/1.1 2000 OK",
    "HTTP/1.1 099 x",
    "HTTP/1.1  200 OK",
    "HTTP/2 200",
    "http/1.1 200 OK",
    " HTTP/1.1 200 OK",
    "ICY 200 OK",
  ])("%j is none", (line) => {
    expect(parseTunnelReply([line])).toBeUndefined();
  });

  it.each<[string[], string[]]>([
    [['Proxy-Authenticate: Basic realm="a"'], ["Basic"]],
    [
      ["PROXY-AUTHENTICATE:Negotiate", "proxy-authenticate: NTLM"],
      ["Negotiate", "NTLM"],
    ],
    [['Proxy-Authenticate: Digest realm="r", nonce="n", Basic realm="b", Bearer'], ["Digest", "Basic", "Bearer"]],
    [["WWW-Authenticate: Basic"], []],
    [[], []],
  ])("with %j names the schemes %j", (fields, schemes) => {
    expect(parseTunnelReply(["HTTP/1.1 407 x", ...fields])?.schemes).toEqual(schemes);
  });

  it("tells why, in the proxy's own words", () => {
    expect(parseTunnelReply(["HTTP/1.1 503 x", "X-Squid-Error: ERR_DNS_FAIL 0"])?.detail).toBe("ERR_DNS_FAIL 0");
    expect(parseTunnelReply(["HTTP/1.1 503 x", "X-Squid-Error: other", "Proxy-Status: cache; error=dns_timeout; rcode=2"])?.detail).toBe(
      "dns_timeout",
    );
    expect(parseTunnelReply(["HTTP/1.1 503 x"])?.detail).toBeUndefined();
  });

  it("never throws, and shows no control character", () => {
    const start = fc.constantFrom("", "HTTP/1.1 407 ", "X-Squid-Error: ", "Proxy-Authenticate: ", "Proxy-Status: x; error=");
    const line = fc.tuple(start, fc.string({ unit: "binary", maxLength: 30 })).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
        const reply = parseTunnelReply(lines);
        expect(`${reply?.reason}${reply?.detail}${reply?.schemes.join()}`).toMatch(/^[\x20-\x7e]*$/);
      }),
    );
  });
});
