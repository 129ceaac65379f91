import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { negotiate } from "./accept.ts";

describe("the Accept header", () => {
  it("takes the first alternative that is served", () => {
    expect(negotiate(undefined)).toMatchObject({ format: "json", as: "object" });
    expect(negotiate("application/vnd.kubernetes.protobuf, application/json")).toMatchObject({ format: "json", as: "object" });
    expect(negotiate("application/yaml")).toMatchObject({ format: "yaml" });
    expect(negotiate("application/json;as=Table;v=v1;g=meta.k8s.io,application/json")).toMatchObject({ as: "Table" });
    expect(negotiate("application/json; as=PartialObjectMetadata; v=v1; g=meta.k8s.io")).toMatchObject({ as: "PartialObjectMetadata" });
    expect(negotiate("application/json;as=Table;v=v9;g=meta.k8s.io,application/json")).toMatchObject({ as: "object" });
  });

  it("is 406 when nothing in it is served", () => {
    for (const accept of ["text/html", "application/vnd.kubernetes.protobuf", "application/json;as=Chart;v=v1;g=meta.k8s.io"]) {
      expect(() => negotiate(accept), accept).toThrow(expect.objectContaining({ code: 406, reason: "NotAcceptable" }));
    }
  });

  it("is negotiated or 406, whatever it is", () => {
    fc.assert(
      fc.property(fc.string(), (accept) => {
        try {
          negotiate(accept);
        } catch (error) {
          expect(error).toMatchObject({ code: 406 });
        }
      }),
    );
  });
});
