import { describe, expect, it } from "vitest";
import { credentialHeaders } from "./credential-names.ts";
import { literalSecret } from "./literal-secret.ts";
import { redactHeaders } from "./redact-headers.ts";

describe("redactHeaders", () => {
  it("hides credentials and keeps what helps: schemes, cookie names and attributes, everything else", () => {
    const shown = redactHeaders([
      ["Authorization", "Bearer abc"],
      ["authorization", "raw-token"],
      ["Proxy-Authorization", "Basic dTpw"],
      ["Cookie", "sid=1; theme=dark; bare"],
      ["Set-Cookie", "sid=1; Path=/; HttpOnly; Expires=Wed, 21 Oct 2026 07:28:00 GMT; left-over"],
      ["X-Acme-Token", "t"],
      ["Location", "https://u:p@host/?code=1"],
      ["X-Debug", "token=abc in password=x"],
      ["Content-Type", "application/json"],
      ["X-Api-Key", ""],
    ]);
    expect(shown).toEqual([
      ["Authorization", "Bearer [redacted]"],
      ["authorization", "[redacted]"],
      ["Proxy-Authorization", "Basic [redacted]"],
      ["Cookie", "sid=[redacted]; theme=[redacted]; [redacted]"],
      ["Set-Cookie", "sid=[redacted]; Path=/; HttpOnly; Expires=Wed, 21 Oct 2026 07:28:00 GMT; [redacted]"],
      ["X-Acme-Token", "[redacted]"],
      ["Location", "https://host/?code=[redacted]"],
      ["X-Debug", "token=[redacted] in password=[redacted]"],
      ["Content-Type", "application/json"],
      ["X-Api-Key", ""],
    ]);
  });

  it("hides every header of the list whatever its case", () => {
    const headers = [...credentialHeaders].map((name): [string, string] => [name.toUpperCase(), "plain-value"]);
    for (const [, value] of redactHeaders(headers)) expect(value).not.toContain("plain-value");
  });

  it("hides the headers the caller names, and resolved secrets in any", () => {
    literalSecret("value-in-any-header", "header");
    expect(
      redactHeaders(
        [
          ["X-Tenant", "t1"],
          ["X-Echo", "got value-in-any-header"],
        ],
        new Set(["x-tenant"]),
      ),
    ).toEqual([
      ["X-Tenant", "[redacted]"],
      ["X-Echo", "got [redacted]"],
    ]);
  });

  it("shows the reference of a secret that was not opened", () => {
    expect(
      redactHeaders([
        ["authorization", "Bearer [secret env:T]"],
        ["x-api-key", "[secret env:K]"],
      ]),
    ).toEqual([
      ["authorization", "Bearer [secret env:T]"],
      ["x-api-key", "[secret env:K]"],
    ]);
  });

  it("takes a Headers object", () => {
    expect(redactHeaders(new Headers({ "x-api-key": "k" }))).toEqual([["x-api-key", "[redacted]"]]);
  });
});
