import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { credentialParams } from "./credential-names.ts";
import { literalSecret } from "./literal-secret.ts";
import { redactUrl } from "./redact-url.ts";

describe("redactUrl", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["https://user:pass@host/path", "https://host/path"],
    ["https://ghp_token@host/", "https://host/"],
    ["https://user:p@ss@host/@name", "https://host/@name"],
    ["HTTP:\\\\user:pass@host\\x", "HTTP:\\\\host\\x"],
    ["//user:pass@host/x", "//host/x"],
    ["user:pass@host:8080/x", "host:8080/x"],
    ["socks5://u:p@proxy:1080", "socks5://proxy:1080"],
    ["/x?a=1&API_KEY=k&b=2", "/x?a=1&API_KEY=[redacted]&b=2"],
    ["/x?access%5Ftoken=k", "/x?access%5Ftoken=[redacted]"],
    ["/x?user[password]=k&filter[name]=n", "/x?user[password]=[redacted]&filter[name]=n"],
    [
      "/x?X-Amz-Signature=s&X-Amz-Date=d&X-Amz-Credential=c&X-Amz-Security-Token=t",
      "/x?X-Amz-Signature=[redacted]&X-Amz-Date=d&X-Amz-Credential=[redacted]&X-Amz-Security-Token=[redacted]",
    ],
    ["https://acct.blob.core.windows.net/c?sv=1&sig=s", "https://acct.blob.core.windows.net/c?sv=1&sig=[redacted]"],
    ["https://app/cb#access_token=t&state=s", "https://app/cb#access_token=[redacted]&state=s"],
    ["https://host/users/@me?token=", "https://host/users/@me?token="],
    ["https://host/%?%=1&token=x", "https://host/%?%=1&token=[redacted]"],
    ["/list?page_token=p&max_tokens=5&nextPageToken=n", "/list?page_token=p&max_tokens=5&nextPageToken=n"],
  ];
  it.each(cases)("%j becomes %j", (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
    expect(redactUrl(shown)).toBe(shown);
  });

  it("takes a URL object", () => {
    expect(redactUrl(new URL("https://u:p@host/x?key=1"))).toBe("https://host/x?key=[redacted]");
  });

  it("hides a resolved secret anywhere, the path included", () => {
    literalSecret("bot123456:AAE/secret part", "bot token");
    expect(redactUrl(new URL("https://api.example.org/bot123456:AAE%2Fsecret%20part/send?x=1"))).toBe(
      "https://api.example.org/[redacted]/send?x=1",
    );
  });

  it("hides the value of every credential parameter and never throws", () => {
    const value = fc.string({ minLength: 6, unit: fc.constantFrom(...Array.from("qwzQWZ%=?/@:+[];")) }).map((text) => `qz${text}zq`);
    fc.assert(
      fc.property(fc.constantFrom(...credentialParams), value, fc.webUrl(), (name, secret, url) => {
        const shown = redactUrl(`${url}?a=1&${name.toUpperCase()}=${secret}&z=26`);
        expect(shown).not.toContain(secret);
        expect(shown).toMatch(/\?a=1&.*=\[redacted\]&z=26$/);
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => typeof redactUrl(text) === "string"));
  });
});
