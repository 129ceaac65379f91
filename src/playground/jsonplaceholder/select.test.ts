import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Row } from "./generate.ts";
import { fieldValue, filterRows, sortRows } from "./select.ts";

const rows: readonly Row[] = [
  { id: 1, name: "beta", views: 10, author: { name: "Ann" }, flag: true },
  { id: 2, name: "Alpha", views: 9, author: { name: "Bob" }, flag: false },
  { id: 3, name: "beta", views: 100, author: { name: "ann" }, note: null },
];
const ids = (query: string): number[] => filterRows(rows, new URLSearchParams(query)).map((row) => row.id);
const sorted = (query: string): number[] => sortRows(rows, new URLSearchParams(query)).map((row) => row.id);

describe("filterRows", () => {
  it.each([
    ["", [1, 2, 3]],
    ["name=beta", [1, 3]],
    ["id=1&id=2", [1, 2]],
    ["name=beta&views=100", [3]],
    ["author.name=Ann", [1]],
    ["flag=true", [1]],
    ["views_gte=10", [1, 3]],
    ["views_lte=10", [1, 2]],
    ["views_gte=9&views_lte=10", [1, 2]],
    ["name_gte=b", [1, 3]],
    ["name_ne=beta", [2]],
    ["id_ne=1&id_ne=2", [3]],
    ["name_like=^AL", [2]],
    ["author.name_like=ann", [1, 3]],
    ["q=BOB", [2]],
    ["q=100", [3]],
    ["q=zzz", []],
    ["views=7", []],
    ["author.name=Ann&author.name=Bob", [1, 2]],
    ["note=null", []], // `note` is a known field, and null matches nothing.
    ["note_ne=x", []],
    ["unknown=1", [1, 2, 3]],
    ["unknown_gte=1", []],
    ["toString=x", [1, 2, 3]],
    ["_page=2&_limit=1&_sort=id&callback=f&_=1", [1, 2, 3]],
  ])("answers ?%s", (query, expected) => {
    expect(ids(query)).toEqual(expected);
  });

  it("refuses a malformed regular expression", () => {
    expect(() => ids("name_like=(")).toThrow("Invalid regular expression");
  });

  it("finds for every value of every field at least the row that holds it", () => {
    fc.assert(
      fc.property(fc.constantFrom(...rows), fc.constantFrom("id", "name", "views", "author.name"), (row, field) => {
        const query = new URLSearchParams([[field, String(fieldValue(row, field))]]);
        expect(filterRows(rows, query)).toContain(row);
      }),
    );
  });
});

describe("sortRows", () => {
  it.each([
    ["_sort=views", [2, 1, 3]],
    ["_sort=views&_order=desc", [3, 1, 2]],
    ["_sort=views&_order=DESC", [3, 1, 2]],
    ["_sort=name,views&_order=asc,desc", [2, 3, 1]],
    ["_sort=name&_order=desc", [1, 3, 2]],
    ["_sort=author.name", [1, 2, 3]],
    ["", [1, 2, 3]],
  ])("orders by ?%s", (query, expected) => {
    expect(sorted(query)).toEqual(expected);
  });
});
