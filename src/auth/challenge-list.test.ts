import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseChallenges } from "./challenge-list.ts";

const read = (line: string): unknown =>
  parseChallenges(line).map(({ scheme, token68, params }) => [scheme, token68 ?? Object.fromEntries(params)]);

describe("parseChallenges", () => {
  it("reads a challenge with quoted and bare values, names in any case", () => {
    expect(read('Digest Realm="a, b", NONCE="n\\"1\\\\", qop="auth, auth-int" , stale=FALSE')).toEqual([
      ["digest", { realm: "a, b", nonce: 'n"1\\', qop: "auth, auth-int", stale: "FALSE" }],
    ]);
  });

  it("reads several challenges of one line (RFC 9110 11.6.1)", () => {
    expect(
      read('Basic realm="simple", Newauth realm="apps", type=1,\ttitle="Login to \\"apps\\"", Negotiate, NTLM TlRMTVNTUAAC=='),
    ).toEqual([
      ["basic", { realm: "simple" }],
      ["newauth", { realm: "apps", type: "1", title: 'Login to "apps"' }],
      ["negotiate", {}],
      ["ntlm", "TlRMTVNTUAAC=="],
    ]);
  });

  it.each([
    ["", []],
    [" ,, ,", []],
    ["Token", [["token", {}]]],
    ["Digest", [["digest", {}]]],
    // Seen in the wild: no commas, bare base64, spaces around "=", a quote that never ends, what belongs to no challenge.
    ['Digest realm="x" nonce="y"', [["digest", { realm: "x", nonce: "y" }]]],
    ["Digest nonce=abc+/==, realm=x", [["digest", { nonce: "abc+/==", realm: "x" }]]],
    ['Digest realm = "x" , nonce= y', [["digest", { realm: "x", nonce: "y" }]]],
    ['Digest realm="x, nonce=y', [["digest", { realm: "x, nonce=y" }]]],
    ['Digest realm="x\\', [["digest", { realm: "x" }]]],
    [
      'realm="x", Digest nonce=n',
      [
        ["realm", {}],
        ["digest", { nonce: "n" }],
      ],
    ],
    ['Digest realm="first", realm="second"', [["digest", { realm: "first" }]]],
    ["Digest __proto__=x", [["digest", Object.fromEntries([["__proto__", "x"]])]]],
  ])("is lenient about %j", (line, expected) => {
    expect(read(line)).toEqual(expected);
  });

  it("reads back whatever challenges are written by the grammar", () => {
    const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9._~-]{0,8}$/);
    const value = fc.string({ unit: fc.constantFrom(...Array.from('ab ",\\=\t;é')), maxLength: 8 });
    const challenge = fc.record({
      scheme: token,
      params: fc.dictionary(
        token.map((name) => name.toLowerCase()),
        value,
        { minKeys: 1, maxKeys: 4 },
      ),
    });
    fc.assert(
      fc.property(fc.array(challenge, { maxLength: 4 }), (challenges) => {
        const line = challenges
          .map(
            ({ scheme, params }) =>
              `${scheme} ${Object.entries(params)
                .map(([name, text]) => `${name}="${text.replace(/["\\]/g, "\\$&")}"`)
                .join(", ")}`,
          )
          .join(", ");
        expect(read(line)).toEqual(challenges.map(({ scheme, params }) => [scheme.toLowerCase(), { ...params }]));
      }),
    );
  });

  it("ends, without an error, on any text, in time that grows with its length", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (line) => Array.isArray(parseChallenges(line))));
    for (const piece of ['"', "a ", "a=", "\\", 'a="', "=", " ,", "a\t", '""']) {
      const startedAt = performance.now();
      parseChallenges(piece.repeat(20_000));
      expect(performance.now() - startedAt).toBeLessThan(500);
    }
  });
});
