import { describe, expect, it } from "vitest";
import { fitsValidator, strongValidator } from "./validator.ts";

const headers = (map: Readonly<Record<string, string>>) => (name: string) => map[name];
const date = "Sun, 06 Nov 1994 08:49:37 GMT";

describe("strongValidator", () => {
  it.each<[map: Record<string, string>, validator: string | undefined]>([
    [{ etag: '"abc"' }, '"abc"'],
    [{ etag: '""' }, '""'],
    [{ etag: 'W/"abc"' }, undefined],
    [{ etag: "abc" }, undefined],
    [{ etag: '"a"b"' }, undefined],
    [{ etag: '"a", "b"' }, undefined],
    [{ etag: 'W/"abc"', "last-modified": "Sun, 06 Nov 1994 08:00:00 GMT", date }, undefined],
    [{ "last-modified": "Sun, 06 Nov 1994 08:49:36 GMT", date }, "Sun, 06 Nov 1994 08:49:36 GMT"],
    [{ "last-modified": date, date }, undefined],
    [{ "last-modified": "Sun, 06 Nov 1994 08:49:38 GMT", date }, undefined],
    [{ "last-modified": "Sun, 06 Nov 1994 08:00:00 GMT" }, undefined],
    [{ "last-modified": "yesterday", date }, undefined],
    [{}, undefined],
  ])("of %j is %j", (map, validator) => {
    expect(strongValidator(headers(map))).toBe(validator);
  });
});

describe("fitsValidator", () => {
  it("takes a 206 for another version only when it says so", () => {
    expect(fitsValidator(headers({ etag: '"a"' }), '"a"')).toBe(true);
    expect(fitsValidator(headers({}), '"a"')).toBe(true);
    expect(fitsValidator(headers({ etag: '"b"' }), '"a"')).toBe(false);
    expect(fitsValidator(headers({ etag: 'W/"a"' }), '"a"')).toBe(false);
    expect(fitsValidator(headers({ etag: '"b"', "last-modified": date }), date)).toBe(true);
    expect(fitsValidator(headers({ "last-modified": "Mon, 07 Nov 1994 08:49:37 GMT" }), date)).toBe(false);
  });
});
