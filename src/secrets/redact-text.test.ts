import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { literalSecret } from "./literal-secret.ts";
import { redactText } from "./redact-text.ts";

const characters = (text: string): fc.Arbitrary<string> => fc.constantFrom(...Array.from(text));

/** Secrets of every alphabet the field uses, with what JSON, URLs and shells treat specially. */
const secretText = fc.oneof(
  fc.string({ minLength: 8, maxLength: 60, unit: characters("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") }),
  fc.string({ minLength: 8, maxLength: 60, unit: characters("abcXYZ0189+/=-_.~!*'()&%\\\"{}<>#?@ éß日本\u{1F511}") }),
  fc.base64String({ minLength: 8, maxLength: 120 }),
);
const surroundings = fc.string({ maxLength: 20, unit: "binary" });

const encoders: Record<string, (text: string) => string> = {
  raw: (text) => text,
  percent: encodeURIComponent,
  "percent in lower case": (text) => encodeURIComponent(text).replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
  "percent of every byte": (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
  "percent twice": (text) => encodeURIComponent(encodeURIComponent(text)),
  form: (text) => new URLSearchParams([["v", text]]).toString().slice(2),
  JSON: (text) => JSON.stringify(text),
  "JSON in ASCII": (text) => JSON.stringify(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
  "JSON in JSON": (text) => JSON.stringify(JSON.stringify({ text })),
  "JSON in a query": (text) => encodeURIComponent(JSON.stringify({ text })),
  "a query in JSON": (text) => JSON.stringify({ url: `/x?y=${encodeURIComponent(text)}` }),
  base64: (text) => Buffer.from(text).toString("base64"),
  "base64 in a query": (text) => encodeURIComponent(Buffer.from(text).toString("base64")),
  base64url: (text) => Buffer.from(text).toString("base64url"),
};

function windowsOf(text: string): readonly string[] {
  return Array.from({ length: Math.max(0, text.length - 7) }, (_, at) => text.slice(at, at + 8));
}

/** Windows of the secret that the surroundings or the mark contain anyway prove nothing. */
function survivors({ secret, shown, around }: { secret: string; shown: string; around: string }): readonly string[] {
  return windowsOf(secret).filter((window) => shown.includes(window) && !around.includes(window) && !"[redacted]".includes(window));
}

describe("redactText by value", () => {
  for (const [name, encode] of Object.entries(encoders)) {
    it(`leaves no eight characters of a secret in ${name} form`, () => {
      fc.assert(
        fc.property(secretText, surroundings, surroundings, (value, before, after) => {
          fc.pre(value.trim().length >= 8);
          literalSecret(value, "property");
          const encoded = encode(value);
          const shown = redactText(before + encoded + after);
          const around = [before, after, encode("")].join("\n");
          expect(survivors({ secret: encoded, shown, around })).toEqual([]);
          expect(survivors({ secret: value, shown, around })).toEqual([]);
        }),
        { numRuns: 60 },
      );
    });
  }

  it("leaves nothing to decode when the base64 of a text around the secret is shown, at each of the three offsets and wrapped", () => {
    fc.assert(
      fc.property(secretText, fc.tuple(surroundings, surroundings), fc.constantFrom(0, 64, 76), (value, [before, after], columns) => {
        fc.pre(value.trim().length >= 8);
        literalSecret(value, "property");
        const encoded = Buffer.from(before + value + after).toString("base64");
        const wrapped = columns === 0 ? encoded : encoded.replace(new RegExp(`.{${columns}}`, "g"), "$&\n");
        const left = redactText(wrapped).split("[redacted]");
        // Each piece can begin at any of four phases of the decoder.
        for (const piece of left.map((text) => text.replaceAll("\n", ""))) {
          for (const phase of ["", "A", "AA", "AAA"]) {
            const decoded = Buffer.from(phase + piece, "base64").toString("utf8");
            expect(survivors({ secret: value, shown: decoded, around: before + after })).toEqual([]);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it("leaves no eight characters of the base64 of a secret that begins or ends in white space", () => {
    for (const value of ["ends-in-a-space ", " begins-with-one", "ends-in-a-line\n"]) {
      literalSecret(value, "white space");
      const encoded = encodeURIComponent(Buffer.from(value).toString("base64"));
      expect(survivors({ secret: encoded, shown: redactText(`?v=${encoded}`), around: "?v=" })).toEqual([]);
    }
  });

  it("covers two secrets that overlap in the text", () => {
    literalSecret("overlap-first-shared-part", "a");
    literalSecret("shared-part-second-overlap", "b");
    expect(redactText("<overlap-first-shared-part-second-overlap>")).toBe("<[redacted]>");
  });

  it("hides a key file whole, line by line, indented, with CRLF and on one line", () => {
    const lines = Array.from({ length: 4 }, (_, n) => `${"MIIEvQIBADANBgkqhkiG9w0BAQEFAASC".slice(n)}${n}${"x".repeat(31)}`);
    const pem = ["-----BEGIN CERTIFICATE-----", ...lines, "Zz9=", "-----END CERTIFICATE-----"].join("\n");
    literalSecret(pem, "key file");
    for (const separator of ["\n", "\r\n", "\n    ", "\\n", "\\\\n", "\r\n \t"]) {
      const shown = redactText(`before ${pem.replaceAll("\n", separator)} after`);
      expect(shown).toBe("before [redacted] after");
    }
    expect(redactText(`line 2: ${lines[1]}!`)).toBe("line 2: [redacted]!");
    expect(redactText("-----BEGIN CERTIFICATE-----")).toBe("-----BEGIN CERTIFICATE-----");
  });

  it("hides the path of a webhook whose URL is the secret", () => {
    literalSecret("https://hooks.example.com/services/T0000/B0000/qwertyuiop", "webhook");
    expect(redactText("POST /services/T0000/B0000/qwertyuiop -> 404 at hooks.example.com")).toBe(
      "POST [redacted] -> 404 at hooks.example.com",
    );
  });

  it("leaves other text as it is, escapes included", () => {
    literalSecret("an-unrelated-secret", "unrelated");
    const text = '100% of "C:\\\\temp\\\\new" + %41%zz \\u0041\n\tplain';
    expect(redactText(text)).toBe(text);
  });

  it("is done in linear time on hostile texts", () => {
    literalSecret("hostile-hostile", "hostile");
    const pieces = [
      "cookie:",
      "eyJa.",
      "a://b",
      "hostile-",
      "\\",
      "%",
      "%25",
      "password=",
      "bearer ",
      '"password":"',
      "a",
      "-----BEGIN PRIVATE KEY-----",
      " ",
      "\n",
      "token:",
      "https://",
      "ghp_",
      "@",
    ];
    for (const piece of pieces) {
      const text = piece.repeat(Math.ceil(400_000 / piece.length));
      const start = performance.now();
      redactText(text);
      expect(performance.now() - start, piece).toBeLessThan(4_000);
    }
  });
});

describe("redactText by position", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["Authorization: Bearer abc.def-123", "Authorization: Bearer [redacted]"],
    ["> authorization: Basic dXNlcjpwYXNz\r\n> accept: */*", "> authorization: Basic [redacted]\r\n> accept: */*"],
    ['curl -H "Authorization: Digest username=x, response=y" https://h', 'curl -H "Authorization: Digest [redacted]" https://h'],
    ["curl -H 'X-Api-Key: k1' https://h", "curl -H 'X-Api-Key: [redacted]' https://h"],
    ["{ authorization: 'Bearer q', accept: 'x' }", "{ authorization: 'Bearer [redacted]', accept: 'x' }"],
    ['{"set-cookie":["sid=1"],"a":1}', '{"set-cookie":["[redacted]"],"a":1}'],
    ["sent Bearer xxx to the server", "sent Bearer [redacted] to the server"],
    ["sent Basic dXNlcjpwYXNz to", "sent Basic [redacted] to"],
    ["https://user:p@ss@host/path", "https://[redacted]@host/path"],
    ["postgres://app:hunter2@db:5432/x", "postgres://[redacted]@db:5432/x"],
    ['{"url":"https:\\/\\/u:p@h"}', '{"url":"https:\\/\\/[redacted]@h"}'],
    ["password=$ecret", "password=[redacted]"],
    ["password=hunter2&x=1", "password=[redacted]&x=1"],
    ["(password=hunter2), next", "(password=[redacted]), next"],
    ['{"password":"a\\"b","x":1}', '{"password":"[redacted]","x":1}'],
    ['"{\\"client_secret\\":\\"abc\\",\\"x\\":1}"', '"{\\"client_secret\\":\\"[redacted]\\",\\"x\\":1}"'],
    ["DB_PASSWORD: hunter2\nx: 1", "DB_PASSWORD: [redacted]\nx: 1"],
    ["clientSecret = 'x y'", "clientSecret = '[redacted]'"],
    ["tool --password hunter2 --token=t -v", "tool --password [redacted] --token=[redacted] -v"],
    ["?access_token=1&token=2&X-Amz-Signature=3", "?access_token=[redacted]&token=[redacted]&X-Amz-Signature=[redacted]"],
    ["    token: 0123456789abcdef0", "    token: [redacted]"],
    ["got eyJhbGciOiJ9.eyJzdWIiOiJ4In0.c2ln!", "got [redacted]!"],
    ["ghp_0123456789abcdefghij is out", "[redacted] is out"],
    [
      "-----BEGIN RSA PRIVATE KEY-----\nab\n-----END RSA PRIVATE KEY-----",
      "-----BEGIN RSA PRIVATE KEY-----[redacted]-----END RSA PRIVATE KEY-----",
    ],
  ];
  it.each(cases)("%j becomes %j", (text, shown) => {
    expect(redactText(text)).toBe(shown);
    expect(redactText(shown)).toBe(shown);
  });

  const untouched = [
    "basic usage: see the manual",
    "Basic",
    "the bearer token expired",
    'WWW-Authenticate: Bearer realm="x", error="invalid_token"',
    "Unexpected token: } in JSON",
    "ConfigError ERR_SECRET: The secret env:API_TOKEN cannot be read",
    "secret: env:SLACK_WEBHOOK",
    "password: [secret env:DB_PASSWORD]",
    "password=$DB_PASSWORD",
    '{"token":null,"password":""}',
    "design=5&tokens=9",
    "https://host/@user?mail=a@b",
    "maxTokens: 12345678901234567890",
  ];
  it.each(untouched)("%j stays", (text) => {
    expect(redactText(text)).toBe(text);
  });

  it("gives the same when applied twice", () => {
    const word = fc.constantFrom(
      "Bearer ",
      "password=",
      '"token":',
      "https://",
      "a:b@",
      "'",
      '"',
      "x",
      " ",
      "\n",
      "[",
      "]",
      "[redacted]",
      "Authorization: ",
      "\\",
      ",",
      "Basic ",
      "eyJhbGciOiJ9.",
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        const once = redactText(words.join(""));
        expect(redactText(once)).toBe(once);
      }),
    );
  });
});
