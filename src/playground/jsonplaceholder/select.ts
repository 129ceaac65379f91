import type { Row } from "./generate.ts";

/** Parameters of json-server 0.17 that are no filters; `callback` and `_` come from JSONP clients. */
const RESERVED = new Set(["q", "_start", "_end", "_page", "_limit", "_sort", "_order", "_embed", "_expand", "callback", "_"]);

type Operator = "equal" | "gte" | "lte" | "ne" | "like";

/**
 * Filters as json-server 0.17 does: `field=value` (repeated: either), `a.b=value`, `field_gte`, `field_lte`, `field_ne`, `field_like`
 * (a regular expression, without regard to case) and `q` (anywhere). A plain field that no row has is ignored, as there.
 * @throws SyntaxError when a `_like` is no regular expression.
 */
export function filterRows(rows: readonly Row[], query: URLSearchParams): readonly Row[] {
  let left = rows;
  const search = query.get("q")?.toLowerCase();
  if (search !== undefined && search !== "") left = left.filter((row) => Object.values(row).some((value) => contains(value, search)));
  for (const key of new Set(query.keys())) {
    if (RESERVED.has(key)) continue;
    const { field, operator } = splitKey(key);
    if (operator === "equal" && !rows.some((row) => fieldValue(row, field) !== undefined)) continue;
    const tests = query.getAll(key).map((wanted) => fieldTest(operator, wanted));
    left = left.filter((row) => {
      const value = fieldValue(row, field);
      if (value === undefined || value === null) return false;
      return operator === "ne" ? tests.every((test) => test(value)) : tests.some((test) => test(value));
    });
  }
  return left;
}

/** Sorts by `_sort=a,b.c` and `_order=desc,asc` (default asc); rows that are equal keep their order. */
export function sortRows(rows: readonly Row[], query: URLSearchParams): readonly Row[] {
  const fields = query.get("_sort")?.split(",") ?? [];
  if (fields.length === 0) return rows;
  const orders = (query.get("_order") ?? "").toLowerCase().split(",");
  return [...rows].sort((left, right) => {
    for (const [index, field] of fields.entries()) {
      const difference = compare(fieldValue(left, field), fieldValue(right, field));
      if (difference !== 0) return orders[index] === "desc" ? -difference : difference;
    }
    return 0;
  });
}

/** The value at a dotted path, own properties only. */
export function fieldValue(row: Row, path: string): unknown {
  let value: unknown = row;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = Reflect.get(value, name);
  }
  return value;
}

function splitKey(key: string): { readonly field: string; readonly operator: Operator } {
  for (const operator of ["gte", "lte", "ne", "like"] as const) {
    if (key.endsWith(`_${operator}`)) return { field: key.slice(0, -operator.length - 1), operator };
  }
  return { field: key, operator: "equal" };
}

function fieldTest(operator: Operator, wanted: string): (value: unknown) => boolean {
  switch (operator) {
    case "equal":
      return (value) => String(value) === wanted;
    case "ne":
      return (value) => String(value) !== wanted;
    case "gte":
      return (value) => (typeof value === "string" ? value >= wanted : Number(value) >= Number(wanted));
    case "lte":
      return (value) => (typeof value === "string" ? value <= wanted : Number(value) <= Number(wanted));
    case "like": {
      const pattern = new RegExp(wanted, "i");
      return (value) => pattern.test(String(value));
    }
  }
}

function contains(value: unknown, search: string): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).some((inner) => contains(inner, search));
  const isText = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  return isText && String(value).toLowerCase().includes(search);
}

function compare(left: unknown, right: unknown): number {
  if (typeof left === "string" && typeof right === "string") return left < right ? -1 : left > right ? 1 : 0;
  return Number(left) - Number(right);
}
