import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeProtobuf, ProtobufError } from "./protobuf.ts";

function field(number: number, value: string | Buffer | number): Buffer {
  if (typeof value === "number") return Buffer.from([number << 3, value]);
  const bytes = typeof value === "string" ? Buffer.from(value) : value;
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
}
function envelope(apiVersion: string, kind: string, message: Buffer): Buffer {
  const typeMeta = Buffer.concat([field(1, apiVersion), field(2, kind)]);
  return Buffer.concat([Buffer.from("k8s\0"), field(1, typeMeta), field(2, message)]);
}

describe("protobuf bodies", () => {
  it("of a SelfSubjectAccessReview, as kubectl auth can-i sends it", () => {
    const attributes = Buffer.concat([field(1, "shop"), field(2, "patch"), field(3, "apps"), field(5, "deployments")]);
    const body = envelope(
      "authorization.k8s.io/v1",
      "SelfSubjectAccessReview",
      Buffer.concat([field(2, field(1, attributes)), field(3, field(1, 1))]),
    );
    expect(decodeProtobuf(body)).toEqual({
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: { namespace: "shop", verb: "patch", group: "apps", resource: "deployments" } },
    });
  });

  it("keep repeated fields as lists and maps, numbers, and bytes as base64", () => {
    const entry = (key: string, value: string): Buffer => Buffer.concat([field(1, key), field(2, value)]);
    const secret = envelope("v1", "Secret", Buffer.concat([field(2, entry("a", "x")), field(2, entry("b", "y")), field(5, 1)]));
    expect(decodeProtobuf(secret)).toMatchObject({ data: { a: "eA==", b: "eQ==" }, immutable: true });
    const container = Buffer.concat([field(1, "web"), field(3, "sleep"), field(3, "5")]);
    const template = field(2, field(2, container));
    const deployment = envelope("apps/v1", "Deployment", field(2, Buffer.concat([field(1, 3), field(3, template)])));
    expect(decodeProtobuf(deployment)).toMatchObject({
      spec: { replicas: 3, template: { spec: { containers: [{ name: "web", command: ["sleep", "5"] }] } } },
    });
  });

  it("are refused where a field would be lost, or the kind is not known", () => {
    expect(() => decodeProtobuf(envelope("v1", "ServiceAccount", field(9, "x")))).toThrow(/field 9/);
    expect(decodeProtobuf(envelope("v1", "ServiceAccount", field(9, "")))).toEqual({ apiVersion: "v1", kind: "ServiceAccount" });
    expect(() => decodeProtobuf(envelope("v1", "Node", Buffer.alloc(0)))).toThrow(/Node as protobuf/);
  });

  it("that are garbage fail with a ProtobufError and nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          decodeProtobuf(Buffer.concat([Buffer.from("k8s\0"), bytes]));
        } catch (error) {
          expect(error).toBeInstanceOf(ProtobufError);
        }
      }),
    );
  });
});
