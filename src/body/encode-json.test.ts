import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidRequestError } from "../errors/index.ts";
import { encodeJson } from "./encode-json.ts";

const text = (value: unknown): string => encodeJson(value).bytes.toString();

describe("encodeJson", () => {
  it("writes compact UTF-8 with its length in bytes", () => {
    const body = encodeJson({ name: "Zoë", tags: ["a", 1, true, null], none: undefined });
    expect(body.bytes.toString()).toBe('{"name":"Zoë","tags":["a",1,true,null]}');
    expect(body).toMatchObject({ contentType: "application/json", contentLength: 40, isReplayable: true });
  });

  it.each([
    [null, "null"],
    ["x", '"x"'],
    [false, "false"],
    [[], "[]"],
    [[undefined], "[null]"],
  ])("takes %j as a whole body", (value, expected) => {
    expect(text(value)).toBe(expected);
  });

  it("honours toJSON, of dates and of classes", () => {
    class Money {
      readonly cents = 5;
      toJSON(): unknown {
        return { amount: this.cents / 100 };
      }
    }
    expect(text({ at: new Date(0), price: new Money() })).toBe('{"at":"1970-01-01T00:00:00.000Z","price":{"amount":0.05}}');
  });

  it("writes a bigint as an integer, the counterpart of json({ bigint: true })", () => {
    expect(text({ id: 9007199254740993n, list: [-1n] })).toBe('{"id":9007199254740993,"list":[-1]}');
  });

  it.each([
    ["NaN", { users: [{}, {}, {}, { total: Number.NaN }] }, "$.users[3].total is NaN"],
    ["Infinity", [1, -Infinity], "$[1] is -Infinity"],
    ["a function", { a: { b: () => 1 } }, "$.a.b is a function"],
    ["a symbol", { a: Symbol("x") }, "$.a is a symbol"],
    ["a function as the whole", () => 1, "$ is a function"],
    ["a Map", { "my key": new Map([[1, 2]]) }, '$["my key"] is a Map'],
    ["a Set", { a: new Set([1]) }, "$.a is a Set"],
    ["a promise", { a: Promise.resolve(1) }, "$.a is a promise"],
    ["bytes", { a: new Uint8Array(2) }, "$.a is a Uint8Array"],
    ["an invalid Date", { a: [new Date(Number.NaN)] }, "$.a[0] is an invalid Date"],
    ["NaN out of a toJSON", { a: { toJSON: () => ({ b: Number.NaN }) } }, "$.a.b is NaN"],
    [
      "NaN in a class instance",
      {
        a: new (class Point {
          x = Number.NaN;
        })(),
      },
      "$.a.x is NaN",
    ],
    ["a toJSON without a result", { toJSON: () => undefined }, "$ has a toJSON() that returns nothing"],
  ])("refuses %s and names its place", (_name, value, message) => {
    expect(() => encodeJson(value)).toThrow(InvalidRequestError);
    expect(() => encodeJson(value)).toThrow(`json cannot be sent: ${message}`);
  });

  it("refuses a circle and names both ends", () => {
    const order: Record<string, unknown> = { id: 1 };
    const list = [{ parent: order }];
    order.items = list;
    expect(() => encodeJson({ order })).toThrow("json cannot be sent: $.order.items[0].parent is a circle: it points back to $.order");
  });

  it("takes the same object twice when it is no circle", () => {
    const shared = { a: 1n };
    expect(text([shared, shared, [shared]])).toBe('[{"a":1},{"a":1},[{"a":1}]]');
  });

  it("writes 2,000 levels and refuses 100,000 with a clear error", () => {
    const nest = (depth: number): unknown => Array.from({ length: depth }).reduce((inner) => ({ inner }), 1);
    expect(JSON.parse(text(nest(2_000)))).toEqual(nest(2_000));
    expect(() => encodeJson(nest(100_000))).toThrow(/nested too deeply/);
  });

  it("lets an error of the caller's own toJSON through", () => {
    const own = new TypeError("not ready");
    const value = {
      toJSON(): never {
        throw own;
      },
    };
    expect(() => encodeJson(value)).toThrow(own);
  });

  it("writes every JSON value exactly as JSON.stringify does", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(text(value)).toBe(JSON.stringify(value));
        expect(text([1n, value])).toBe(`[1,${JSON.stringify(value)}]`);
      }),
    );
  });
});
