import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { literalSecret } from "./literal-secret.ts";
import { redactValue } from "./redact-value.ts";

describe("redactValue", () => {
  it("hides fields by name, in every spelling and depth", () => {
    expect(
      redactValue({
        user: "u",
        password: "p",
        nested: [{ clientSecret: "s", access_token: 7, "API-Key": "k", DB_PASSWORD: "x" }],
        headers: { authorization: "Bearer x", "set-cookie": ["a=1", "b=2"], accept: "*/*" },
        token: null,
        secret: { secretName: "tls", items: ["a"] },
        automountServiceAccountToken: true,
        nextPageToken: "n",
        count: 3,
      }),
    ).toEqual({
      user: "u",
      password: "[redacted]",
      nested: [{ clientSecret: "[redacted]", access_token: "[redacted]", "API-Key": "[redacted]", DB_PASSWORD: "[redacted]" }],
      headers: { authorization: "[redacted]", "set-cookie": ["[redacted]", "[redacted]"], accept: "*/*" },
      token: null,
      secret: { secretName: "tls", items: ["a"] },
      automountServiceAccountToken: true,
      nextPageToken: "n",
      count: 3,
    });
  });

  it("hides pairs of name and value: HAR headers, environment variables of a pod", () => {
    expect(
      redactValue([
        { name: "X-Api-Key", value: "k" },
        { name: "DB_PASSWORD", value: "p" },
        { name: "PORT", value: "80" },
      ]),
    ).toEqual([
      { name: "X-Api-Key", value: "[redacted]" },
      { name: "DB_PASSWORD", value: "[redacted]" },
      { name: "PORT", value: "80" },
    ]);
  });

  it("hides the data of Kubernetes Secrets, alone and in lists", () => {
    const metadata = { name: "web" };
    expect(redactValue({ kind: "Secret", metadata, data: { any: "Zm9v" }, stringData: { other: "x" } })).toEqual({
      kind: "Secret",
      metadata,
      data: { any: "[redacted]" },
      stringData: { other: "[redacted]" },
    });
    expect(redactValue({ kind: "SecretList", items: [{ metadata, data: { any: "Zm9v" } }] })).toMatchObject({
      items: [{ metadata, data: { any: "[redacted]" } }],
    });
    expect(redactValue({ kind: "ConfigMap", data: { any: "text" } })).toEqual({ kind: "ConfigMap", data: { any: "text" } });
  });

  it("hides resolved secrets in texts and keys, and credentials in texts of JSON", () => {
    literalSecret("value-in-a-document", "document");
    expect(redactValue({ "key value-in-a-document": ["x value-in-a-document"], body: '{"password":"p"}' })).toEqual({
      "key [redacted]": ["x [redacted]"],
      body: '{"password":"[redacted]"}',
    });
  });

  it("shows unopened secrets, URLs, dates, errors and bytes as what they are", () => {
    const error = Object.assign(new Error("at https://u:p@h"), { password: "x" });
    expect(
      redactValue({
        a: literalSecret("unopened-in-document", "doc"),
        b: new URL("https://u:p@h/?sig=1"),
        c: new Date(0),
        d: error,
        e: new Uint8Array(3),
        f: () => 1,
      }),
    ).toEqual({
      a: "[secret doc]",
      b: "https://h/?sig=[redacted]",
      c: "1970-01-01T00:00:00.000Z",
      d: { name: "Error", message: "at https://[redacted]@h", password: "[redacted]" },
      e: "[3 bytes]",
      f: undefined,
    });
    expect(redactValue(new Map<string, unknown>([["password", "x"]]))).toEqual(new Map([["password", "[redacted]"]]));
  });

  it("survives cycles, depth and odd keys", () => {
    const cyclic: Record<string, unknown> = { name: "x" };
    cyclic["self"] = cyclic;
    cyclic["twice"] = [{ a: 1 }];
    expect(redactValue(cyclic)).toEqual({ name: "x", self: "[circular]", twice: [{ a: 1 }] });
    let deep: unknown = "end";
    for (let level = 0; level < 50_000; level += 1) deep = [deep];
    expect(JSON.stringify(redactValue(deep))).toContain("[too deep]");
    const polluting: unknown = JSON.parse('{"__proto__":{"password":"p"},"x":1}');
    const copy = redactValue(polluting);
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(JSON.stringify(copy)).toBe('{"__proto__":{"password":"[redacted]"},"x":1}');
  });

  it("leaves the input as it is and JSON without credentials unchanged", () => {
    const input = { password: "p", list: [{ token: "t" }] };
    redactValue(input);
    expect(input).toEqual({ password: "p", list: [{ token: "t" }] });
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(inspect(redactValue(value), { depth: 20 })).toBe(inspect(value, { depth: 20 }));
      }),
    );
  });
});
