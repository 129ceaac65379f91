import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timesTheRuns } from "../../test/property-runs.ts";
import { InvalidRequestError } from "../errors/index.ts";
import { credentialHeaders, literalSecret } from "../secrets/index.ts";
import { HeaderList } from "./header-list.ts";
import type { HeadersInput } from "./options.ts";

const listOf = (...inputs: HeadersInput[]): HeaderList => {
  const list = new HeaderList();
  for (const input of inputs) list.merge(input);
  return list;
};
const refusal = (headers: unknown): string => {
  try {
    listOf(headers as HeadersInput);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidRequestError);
    return (error as Error).message;
  }
  throw new Error("nothing was refused");
};

describe("HeaderList", () => {
  it("keeps the order and the case of names as they were written", () => {
    expect(listOf({ "X-b": "1", "X-A": "2", "x-C": ["3", "4"], n: 5 }).flat().text).toEqual([
      "X-b",
      "1",
      "X-A",
      "2",
      "x-C",
      "3",
      "x-C",
      "4",
      "n",
      "5",
    ]);
  });

  it("takes names in any case for one header: the last value wins, null removes, undefined changes nothing", () => {
    const list = listOf({ ACCEPT: "a", "X-Keep": "k", "X-Gone": "g" }, { accept: "b", "x-keep": undefined, "x-gone": null });
    expect(list.flat().text).toEqual(["accept", "b", "X-Keep", "k"]);
  });

  it.each([
    ["a\r\nX-Evil: 1", "a line break at position 2"],
    ["token\n", "a line break at position 6"],
    ["a\0b", "a NUL at position 2"],
    ["\u0001", "a control character at position 1"],
    ["a\u007f", "a control character at position 2"],
    ["日本", "a character outside latin-1 at position 1"],
    ["price €", "a character outside latin-1 at position 7"],
  ])("refuses the value %j, naming the header and never the value", (value, problem) => {
    const message = refusal({ "X-Name": value });
    expect(message).toBe(`the value of header X-Name has ${problem}`);
  });

  it.each([[" a"], ["a "], ["\ta"]])("refuses blanks around a value: %j", (value) => {
    expect(refusal({ "X-Name": value })).toBe("the value of header X-Name begins or ends with white space");
  });

  it("takes latin-1, inner blanks and the empty value as they are", () => {
    expect(listOf({ a: "", b: "x  y\tz", c: "grüße" }).flat().text).toEqual(["a", "", "b", "x  y\tz", "c", "grüße"]);
  });

  it.each(["", "with space", "with:colon", "with\r\nbreak", "ümlaut", ":path", "a,b", "a\0"])("refuses the name %j", (name) => {
    expect(refusal({ [name]: "x" })).toMatch(/^header name .* is not a token/);
  });

  it.each(["Connection", "transfer-encoding", "TE", "Trailer", "Upgrade", "Expect", "Keep-Alive", "Proxy-Connection", "HTTP2-Settings"])(
    "keeps %s for the transport",
    (name) => {
      expect(refusal({ [name]: "x" })).toBe(`header ${name} cannot be set`);
    },
  );

  it("refuses what is no header value, by name", () => {
    for (const value of [{}, true, [], [1], () => "x", Number.NaN, new Date(0), 5n])
      expect(refusal({ "X-Name": value })).toMatch(/^header X-Name has a value of type/);
  });

  it("refuses what is no object of names and values", () => {
    expect(refusal(new Headers({ a: "1" }))).toBe("headers is an iterable");
    expect(refusal(new Map([["a", "1"]]))).toBe("headers is a Map");
    expect(refusal([["a", "1"]])).toBe("headers is an array");
    expect(refusal("a: 1")).toBe("headers is a value of type string");
    expect(refusal(null)).toBe("headers is null");
  });

  it("takes __proto__ for an ordinary name", () => {
    const list = listOf(JSON.parse('{"__proto__":"1"}') as HeadersInput);
    expect(list.flat().text).toEqual(["__proto__", "1"]);
  });

  it("does not change the object it reads, nor the list it copies", () => {
    const input = Object.freeze({ a: "1" });
    const session = listOf(input);
    const call = new HeaderList(session);
    call.merge({ a: null, b: "2" });
    expect([session.flat().text, call.flat().text, input]).toEqual([["a", "1"], ["b", "2"], { a: "1" }]);
  });

  it("keeps Secrets closed and drops them, and every credential, for another origin", () => {
    const list = listOf({
      "X-Custom": literalSecret("a-secret-value", "s"),
      Authorization: "x",
      "x-api-key": "y",
      "X-Acme-Token": "z",
      "X-Trace": "1",
      Cookie: "c",
    });
    expect(list.flat().text).toBeUndefined();
    expect(JSON.stringify(list.flat())).not.toContain("a-secret-value");
    expect(list.get("x-custom")).toBeUndefined();
    list.dropCredentials(credentialHeaders);
    expect(list.flat().text).toEqual(["X-Trace", "1"]);
  });

  it("drops what describes a body", () => {
    const list = listOf({ "Content-Type": "a", "content-encoding": "b", "Content-Foo": "c", Digest: "d", "Repr-Digest": "e", Accept: "f" });
    list.dropContent();
    expect(list.flat().text).toEqual(["Accept", "f"]);
  });

  it("lets nothing through that could end a line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 10 }), fc.string({ unit: "binary", maxLength: 10 }), (name, value) => {
        let text: readonly string[] | undefined;
        try {
          text = listOf({ [name]: value }).flat().text;
        } catch {
          return;
        }
        expect(text?.join("")).not.toMatch(/[\r\n\0]|[^\u0000-\u00ff]/);
      }),
      { numRuns: timesTheRuns(3) },
    );
  });
});
