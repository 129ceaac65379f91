import { checkServerIdentity, type PeerCertificate } from "node:tls";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Certificate } from "../certificate/certificate.ts";
import type { GeneralName } from "../certificate/general-names.ts";
import { checkHost } from "./host-names.ts";

const certificate = (names: readonly string[], commonName?: string): Certificate => {
  const list = names.map((name): GeneralName => {
    const [type = "", ...value] = name.split(":");
    return { type: type === "IP" ? "IP" : "DNS", value: value.join(":"), bytes: Buffer.alloc(0) };
  });
  return { names: list, subject: { text: "", commonName, organization: undefined } } as unknown as Certificate;
};

describe("checkHost", () => {
  it.each([
    ["example.com", ["DNS:EXAMPLE.com"], undefined],
    ["Example.com.", ["DNS:example.com"], undefined],
    ["a.example.com", ["DNS:*.example.com"], undefined],
    ["a.b.example.com", ["DNS:*.example.com"], "wildcard-depth"],
    ["example.com", ["DNS:*.example.com"], "wildcard-depth"],
    ["example.com", ["DNS:*.com"], "wildcard-depth"],
    ["example.com", ["DNS:*"], "other-names"],
    ["10.0.0.1", ["IP:10.0.0.1"], undefined],
    ["10.0.0.1", ["DNS:10.0.0.1"], "address"],
    ["::1", ["IP:::1"], undefined],
    ["[0:0:0:0:0:0:0:1]", ["IP:::1"], undefined],
    ["bücher.example", ["DNS:xn--bcher-kva.example"], undefined],
  ])("%s and %j: %s", (host, names, mismatch) => {
    expect(checkHost(certificate(names), host).mismatch).toBe(mismatch);
  });

  it("takes the common name only where there is no alternative name, and says so", () => {
    expect(checkHost(certificate([], "a.example.com"), "a.example.com")).toMatchObject({ mismatch: undefined, isByCommonName: true });
    expect(checkHost(certificate(["DNS:b.example.com"], "a.example.com"), "a.example.com").mismatch).toBe("other-names");
  });

  it("agrees with Node", () => {
    const label = fc.constantFrom("a", "b", "www", "example", "com", "xn--bcher-kva");
    const host = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
    const name = fc.oneof(
      host,
      host.map((rest) => `*.${rest}`),
    );
    fc.assert(
      fc.property(host, fc.array(name, { maxLength: 3 }), name, (wanted, names, commonName) => {
        const subjectaltname = names.length === 0 ? undefined : names.map((each) => `DNS:${each}`).join(", ");
        const peer = { subject: { CN: commonName }, subjectaltname } as unknown as PeerCertificate;
        const ours = checkHost(
          certificate(
            names.map((each) => `DNS:${each}`),
            commonName,
          ),
          wanted,
        );
        expect(ours.mismatch === undefined).toBe(checkServerIdentity(wanted, peer) === undefined);
      }),
    );
  });
});
