import { basename, win32 } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timesTheRuns } from "../../../test/property-runs.ts";
import { nameInUrl, safeFileName } from "./safe-file-name.ts";

describe("safeFileName", () => {
  it.each<[name: string, safe: string | undefined]>([
    ["web-1.2.tgz", "web-1.2.tgz"],
    ["../../etc/passwd", "passwd"],
    ["..\\..\\Windows\\System32\\evil.dll", "evil.dll"],
    ["/etc/cron.d/job", "job"],
    ["C:\\boot.ini", "boot.ini"],
    ["C:boot.ini", "C_boot.ini"],
    [".bashrc", "bashrc"],
    ["...ssh", "ssh"],
    [". .profile", "profile"],
    ["dir/", undefined],
    ["..", undefined],
    [".", undefined],
    ["", undefined],
    [" \t", undefined],
    ["name. . ", "name"],
    ["a\0b\nc\x1b[31m.txt", "abc[31m.txt"],
    ["invoice\u202Efdp.exe", "invoicefdp.exe"],
    ["a\u200bb\ufeff", "ab"],
    ["a\ud800b", "ab"],
    ['what?*<x>|y"z.txt', "what___x__y_z.txt"],
    ["NUL", "_NUL"],
    ["con.txt", "_con.txt"],
    ["contents.txt", "contents.txt"],
    ["stream.txt::$DATA", "stream.txt__$DATA"],
    ["grün 世界.pdf", "grün 世界.pdf"],
    ["e\u0301.txt", "\u00e9.txt"],
    [`${"a".repeat(300)}.tar.gz`, `${"a".repeat(197)}.gz`],
    ["世".repeat(100), "世".repeat(66)],
  ])("makes %j into %j", (name, safe) => {
    expect(safeFileName(name)).toBe(safe);
  });

  it("is always a plain name of its directory, and safe already when it is made again", () => {
    const unit = fc.oneof(
      fc.constantFrom("/", "\\", ".", "..", " ", ":", "\0", "\u202e", "con", "\u0301"),
      fc.string({ unit: "binary", maxLength: 3 }),
      fc.constant("a. ".repeat(50)),
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 120 }), (name) => {
        const safe = safeFileName(name);
        if (safe === undefined) return;
        expect([basename(safe), win32.basename(safe)]).toEqual([safe, safe]);
        expect(safe).not.toMatch(/^[.\s]|[/\\\0]|[\s.]$/);
        expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(200);
        expect(safeFileName(safe)).toBe(safe);
      }),
      { numRuns: timesTheRuns(10) },
    );
  });
});

describe("nameInUrl", () => {
  it.each<[url: string, name: string | undefined]>([
    ["https://x/charts/web.tgz?token=1#f", "web.tgz"],
    ["https://x/a%20b.txt", "a b.txt"],
    ["https://x/..%2f..%2fetc%2fpasswd", "passwd"],
    ["https://x/%2e%2ebashrc", "bashrc"],
    ["https://x/%ff.bin", "%ff.bin"],
    ["https://x/dir/", undefined],
    ["https://x", undefined],
  ])("of %s is %j", (url, name) => {
    expect(nameInUrl(new URL(url))).toBe(name);
  });
});
