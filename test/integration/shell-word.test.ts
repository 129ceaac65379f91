import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printfFormat, shellWord } from "../../src/client/curl/shell-word.ts";

const value = "a'b\"c\\d$e`f!g *~#\u00e9";
const env = { PATH: process.env["PATH"], V: value };

/** What a shell takes the words for, as it gives them to a command. */
function readBy(shell: string, words: readonly string[]): string[] {
  return execFileSync(shell, [], { env, input: `printf '%s\\0' ${words.join(" ")}\n`, encoding: "utf8" })
    .split("\0")
    .slice(0, -1);
}

describe("a shell's word", () => {
  it("is read by dash and bash as exactly the text, references put in", () => {
    const unit = fc.oneof(
      fc.constantFrom(
        "'",
        '"',
        "\\",
        "$",
        "`",
        "!",
        "\n",
        "\t",
        " ",
        "*",
        "?",
        "[",
        "]",
        "{a,b}",
        "~",
        "#",
        "&",
        "|",
        ";",
        "<",
        ">",
        "(",
        ")",
        "=",
        "%",
        "-",
        "$(x)",
        "é",
        "日",
        "🙂",
        "\u0007",
      ),
      fc.string({ maxLength: 1, unit: "binary-ascii" }).filter((character) => character !== "\0"),
    );
    const literal = fc.string({ unit, maxLength: 12 });
    const text = fc.array(fc.oneof(literal, fc.constant({ source: "$V" }), fc.constant({ source: '$(printf %s "$V")' })), { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(text, { minLength: 20, maxLength: 60 }), (words) => {
        const expected = words.map((word) => word.map((piece) => (typeof piece === "string" ? piece : value)).join(""));
        for (const shell of ["dash", "bash"]) expect(readBy(shell, words.map(shellWord))).toEqual(expected);
      }),
      // A shell takes longer to start than to read a hundred words.
      { numRuns: 8 },
    );
  });
});

describe("printfFormat", () => {
  it("makes printf of dash and bash write exactly the bytes", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 30, size: "max" }), (texts) => {
        const input = texts.map((bytes) => `printf ${printfFormat(bytes)}\n`).join("");
        for (const shell of ["dash", "bash"]) expect(execFileSync(shell, [], { input })).toEqual(Buffer.concat(texts));
      }),
      { numRuns: 8, examples: [[[Buffer.from("-x%s\\101'\0\n"), Buffer.from("--"), Buffer.from([0, 0x31, 0xff])]]] },
    );
  });
});
