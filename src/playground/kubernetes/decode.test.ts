import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, DecodeTypeError } from "./decode.ts";
import { isObject, type JsonObject } from "./json.ts";
import { deployment } from "./schema/kinds.ts";

const read = (value: JsonObject): JsonObject => decode(value, deployment).object;

describe("decoding", () => {
  it("drops what has no meaning: nulls, empty lists and maps, and zeros of plain fields", () => {
    const spec = {
      replicas: 0,
      minReadySeconds: 0,
      paused: false,
      template: { metadata: { labels: {}, creationTimestamp: null }, spec: { containers: [] } },
    };
    expect(read({ spec })).toEqual({ spec: { replicas: 0, template: { metadata: {}, spec: {} } } });
  });

  it("names unknown fields by their paths, with indices", () => {
    const template = { spec: { containers: [{ name: "a" }, { name: "b", imagee: "x" }] } };
    expect(decode({ spec: { replica: 1, template }, extra: 1 }, deployment).unknownFields).toEqual([
      "spec.replica",
      "spec.template.spec.containers[1].imagee",
      "extra",
    ]);
  });

  it("refuses wrong types in the words of the real decoder", () => {
    const message = "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32";
    expect(() => read({ spec: { replicas: "3" } })).toThrow(new DecodeTypeError(message));
    expect(() => read({ spec: { replicas: 1.5 } })).toThrow(/number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32/);
    expect(() => read({ metadata: { labels: { a: 1 } } })).toThrow(/number into Go struct field ObjectMeta.metadata.labels of type string/);
    expect(() => read({ spec: { template: { spec: { containers: {} } } } })).toThrow(
      /object into Go struct field PodSpec.spec.template.spec.containers of type/,
    );
    expect(() => read({ spec: { paused: 1 } })).toThrow(/of type bool/);
  });

  it("gives the same when it reads its own result, and fails with nothing but DecodeTypeError", () => {
    const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom("spec", "metadata", "status"), json), (given) => {
        try {
          if (!isObject(given)) return;
          const once = read(given);
          expect(read(once)).toEqual(once);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeTypeError);
        }
      }),
    );
  });
});
