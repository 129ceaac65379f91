import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timesTheRuns } from "../../test/property-runs.ts";
import { literalSecret } from "./literal-secret.ts";
import { redactText } from "./redact-text.ts";
import { StreamRedactor } from "./stream-redactor.ts";

function stream(text: string, borders: readonly number[]): string {
  const redactor = new StreamRedactor();
  let shown = "";
  let from = 0;
  for (const border of [...new Set(borders.map((at) => at % (text.length + 1)))].sort((a, b) => a - b)) {
    shown += redactor.write(text.slice(from, border));
    from = border;
  }
  return shown + redactor.write(text.slice(from)) + redactor.end();
}

const first = "s3cr3t-of-the-stream";
const second = 'stream "é%41\\n" two';
const third = "lines-one-long\nlines-two-long";
const pieces = fc.array(
  fc.oneof(
    ...[first, second, third].flatMap((value) => [
      fc.constant(value),
      fc.constant(encodeURIComponent(value)),
      fc.constant(JSON.stringify(value)),
      fc.constant(JSON.stringify(JSON.stringify(value))),
      fc.constant(encodeURIComponent(JSON.stringify(value)).toLowerCase()),
      fc.constant(Buffer.from(`x${value}`).toString("base64")),
      fc.nat(value.length).map((length) => value.slice(0, length)),
      fc.nat(value.length).map((length) => value.slice(length)),
    ]),
    fc.constantFrom(
      "Authorization: Bearer ",
      "password=",
      ' "token": "',
      '"',
      "'",
      " ",
      "\n",
      "\\",
      "\\\\",
      "%",
      "%4",
      "https://u:",
      "@h",
      ",",
      "--password ",
      "eyJhbGciOiJ9.eyJhbGciOiJ9.",
      "[",
      "]",
      "}",
    ),
    fc.string({ maxLength: 6 }),
  ),
  { maxLength: 10 },
);

describe("StreamRedactor", () => {
  it("gives what redactText gives for the whole text, wherever the chunks end", () => {
    for (const value of [first, second, third]) literalSecret(value, "stream");
    fc.assert(
      fc.property(pieces, fc.array(fc.nat(), { maxLength: 8 }), (parts, borders) => {
        const text = parts.join("");
        expect(stream(text, borders)).toBe(redactText(text));
      }),
      { numRuns: 3_000 },
    );
  });

  it("gives the same character by character", () => {
    for (const value of [first, second, third]) literalSecret(value, "stream");
    fc.assert(
      fc.property(pieces, (parts) => {
        const text = parts.join("");
        expect(
          stream(
            text,
            Array.from({ length: text.length }, (_, at) => at),
          ),
        ).toBe(redactText(text));
      }),
      { numRuns: timesTheRuns(5) },
    );
  });

  it("lets complete lines through at once", () => {
    literalSecret("waiting-for-nothing", "stream");
    const redactor = new StreamRedactor();
    expect(redactor.write("GET /users 200\n")).toBe("GET /users 200\n");
    expect(redactor.write("the token is waiting-for-")).toBe("the token is ");
    expect(redactor.write("nothing\n")).toBe("[redacted]\n");
    expect(redactor.end()).toBe("");
  });

  it("does not grow with a secret that repeats itself", () => {
    literalSecret("abababababab", "stream");
    const redactor = new StreamRedactor();
    let shown = "";
    const start = performance.now();
    for (let turn = 0; turn < 5_000; turn += 1) shown += redactor.write("abababab");
    expect(shown + redactor.end()).toBe("[redacted]");
    expect(performance.now() - start).toBeLessThan(4_000);
  });

  it("holds back no more than it needs of a line without end", () => {
    const redactor = new StreamRedactor();
    let shown = 0;
    for (let turn = 0; turn < 200; turn += 1) shown += redactor.write(`"password":"${"x".repeat(1_000)}`).length;
    expect(shown).toBeGreaterThan(0);
  });

  it("begins anew after end()", () => {
    literalSecret("begin-again-secret", "stream");
    const redactor = new StreamRedactor();
    expect(redactor.write("begin-again-") + redactor.end()).toBe("begin-again-");
    expect(redactor.write("secret") + redactor.end()).toBe("secret");
  });
});
