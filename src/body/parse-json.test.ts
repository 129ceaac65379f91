import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DecodeError } from "../errors/index.ts";
import { parseJson, type JsonContext } from "./parse-json.ts";

const request = { method: "GET", url: "https://api.example.com/users" };

function failure(body: string | Uint8Array, context: JsonContext = {}): DecodeError {
  try {
    parseJson(typeof body === "string" ? Buffer.from(body) : body, context);
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("parseJson", () => {
  it("parses UTF-8 and removes the byte order mark", () => {
    expect(parseJson(Buffer.from('{"a":"é"}'), {})).toEqual({ a: "é" });
    expect(parseJson(Buffer.from('\ufeff{"a":"é"}'), {})).toEqual({ a: "é" });
    expect(parseJson(Buffer.from(" null\n"), {})).toBeNull();
  });

  it("understands UTF-16 with a mark", () => {
    const little = Buffer.from('\ufeff["é"]', "utf16le");
    expect(parseJson(little, {})).toEqual(["é"]);
    expect(parseJson(Buffer.from(little).swap16(), {})).toEqual(["é"]);
  });

  it("is UTF-8 whatever the charset says, unless the bytes are not", () => {
    const contentType = "application/json; charset=iso-8859-1";
    expect(parseJson(Buffer.from('["é"]'), { contentType })).toEqual(["é"]);
    expect(parseJson(Buffer.from('["é"]', "latin1"), { contentType })).toEqual(["é"]);
  });

  it("keeps __proto__ an ordinary own key, with bigint too", () => {
    for (const bigint of [false, true]) {
      const value = parseJson(Buffer.from('{"__proto__":{"isAdmin":true},"n":12345678901234567890}'), { bigint });
      expect(Object.keys(value as object)).toEqual(["__proto__", "n"]);
      expect((value as { isAdmin?: unknown }).isAdmin).toBeUndefined();
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    }
  });

  it("keeps integers beyond 2^53 as bigint when asked for", () => {
    const body = Buffer.from(
      '{"id":9007199254740993,"small":9007199254740991,"minus":-9223372036854775808,"e":1e30,"f":1234567890123456.5,"s":"12345678901234567890"}',
    );
    expect(parseJson(body, { bigint: true })).toEqual({
      id: 9007199254740993n,
      small: 9007199254740991,
      minus: -9223372036854775808n,
      e: 1e30,
      f: 1234567890123456.5,
      s: "12345678901234567890",
    });
    expect(parseJson(body, {})).toMatchObject({ id: 9007199254740992 });
  });

  it("says what arrived, and where it stops being JSON, without the text", () => {
    const error = failure('{\n  "password": hunter2\n}', {
      status: 200,
      contentType: "application/json",
      request,
      redact: (text) => text.replace("hunter2", "***"),
    });
    expect(error.message).toBe(
      "GET https://api.example.com/users: the body is not JSON: a value was expected at line 2, column 15 (status 200, content type application/json, 25 bytes)",
    );
    expect(error).toMatchObject({ code: "ERR_DECODE", request, snippet: '{\n  "password": ***\n}' });
    for (const shown of [inspect(error, { depth: 8 }), JSON.stringify(error), String(error.stack)]) {
      expect(shown).not.toContain("hunter2");
      expect(shown).not.toContain("***");
    }
    expect(error.cause).toBeUndefined();
  });

  it("has no snippet without a redactor", () => {
    expect(failure("secret").snippet).toBeUndefined();
  });

  it("redacts before it cuts, so that no half of a secret is left at the border", () => {
    const secret = "s3cr3t-".repeat(10);
    const error = failure(`${"x".repeat(480)}${secret}`, { redact: (text) => text.replaceAll(secret, "[secret]") });
    expect(error.snippet).toBe(`${"x".repeat(480)}[secret]`);
  });

  it.each(["", " \r\n"])("calls an empty body (%j) empty and hints at the status", (body) => {
    const error = failure(body, { status: 204 });
    expect(error.message).toBe(`the body is empty where JSON was expected (status 204, no content type, ${body.length} bytes)`);
    expect(error.hint).toContain("204");
  });

  it("guesses a login page from HTML", () => {
    expect(failure("<!doctype html><p>Sign in", { status: 200, contentType: "text/html" }).hint).toContain("login page");
  });

  it("shows a content type only in printable characters and shortened", () => {
    const { message } = failure("x", { contentType: `text/\u001b[31m${"y".repeat(500)}` });
    expect(message).toContain("text/?[31my");
    expect(message.length).toBeLessThan(250);
  });

  it("survives a depth of 200,000, or refuses it as a DecodeError where bigint needs a walk", () => {
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    expect(Array.isArray(parseJson(Buffer.from(deep), {}))).toBe(true);
    const large = `${"[".repeat(200_000)}12345678901234567890${"]".repeat(200_000)}`;
    expect(failure(large, { bigint: true }).message).toContain("nested too deeply");
  });

  it("gives what JSON.parse gives for every JSON", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson(Buffer.from(text), { contentType: "application/json" })).toEqual(JSON.parse(text));
      }),
    );
  });

  it("keeps any 64-bit integer exactly", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), (integer) => {
        const value = parseJson(Buffer.from(`{"id":${integer}}`), { bigint: true }) as { id: number | bigint };
        expect(BigInt(value.id)).toBe(integer);
      }),
    );
  });
});
