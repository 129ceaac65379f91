import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MalformedDer, readDer } from "../asn1/der.ts";
import { write, writeOid } from "../asn1/write.ts";
import { readCertificate, summarize } from "./certificate.ts";
import { readExtensions } from "./extensions.ts";

describe("readCertificate", () => {
  it("reads every root that Node brings as OpenSSL does", () => {
    expect(rootCertificates.length).toBeGreaterThan(100);
    for (const pem of rootCertificates) {
      const x509 = new X509Certificate(pem);
      const read = readCertificate(x509);
      expect([new Date(read.validFromMs), new Date(read.validToMs)]).toEqual([new Date(x509.validFrom), new Date(x509.validTo)]);
      expect(read.basicConstraints?.isAuthority ?? false).toBe(x509.ca);
      expect(x509.subject.replaceAll("\\", "")).toContain(read.subject.commonName ?? read.subject.organization ?? "?");
      expect({ self: read.isSelfSigned, unknown: read.unknownCritical, malformed: read.malformed }).toEqual({
        self: true,
        unknown: [],
        malformed: [],
      });
      expect(read.signatureAlgorithm).toMatch(/^SHA-\d+ with (RSA|ECDSA)$/);
      expect(summarize(read, 0).key).toMatch(/^(RSA \d{4}|EC P-\d{3})$/);
    }
  });

  it("reads nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => readCertificate(Buffer.from(bytes))).toThrow(Error);
      }),
    );
  });

  it("survives any bytes in the place of extensions", () => {
    const oids = ["2.5.29.19", "2.5.29.15", "2.5.29.37", "2.5.29.17", "2.5.29.30", "2.5.29.31", "1.3.6.1.5.5.7.1.1", "1.3.6.1.5.5.7.1.24"];
    fc.assert(
      fc.property(fc.constantFrom(...oids), fc.uint8Array({ maxLength: 40 }), (oid, bytes) => {
        const value = write(0x04, bytes);
        const extension = readDer(write(0x30, writeOid(oid), value));
        const { malformed } = readExtensions([extension]);
        expect(malformed.every((each) => each === oid)).toBe(true);
      }),
    );
    expect(() => readExtensions([readDer(write(0x02, Buffer.from([1])))])).toThrow(MalformedDer);
  });
});
