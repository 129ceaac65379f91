import { describe, expect, it } from "vitest";
import { catalog } from "../errors/index.ts";
import { certificateFinding, handshakeFinding, type CertificateFacts } from "./findings.ts";

const nowMs = Date.UTC(2030, 5, 15, 12);
const certificate: CertificateFacts = {
  subject: "CN=api.example.com\nO=Example",
  issuer: "CN=Example CA",
  validFrom: "Jun  1 00:00:00 2029 GMT",
  validTo: "Jun 12 00:00:00 2030 GMT",
  subjectAltName: "DNS:api.example.com, DNS:www.example.com, IP Address:192.0.2.1, DNS:more.example.com",
};
const find = (reason: string, facts: Partial<CertificateFacts> | null = {}) =>
  certificateFinding({ reason, host: "other.example.com", certificate: facts === null ? undefined : { ...certificate, ...facts }, nowMs });

describe("certificateFinding", () => {
  it.each([
    ["CERT_HAS_EXPIRED", "ERR_TLS_EXPIRED", "expired", "its certificate expired 3 days ago (2030-06-12)"],
    ["CERT_NOT_YET_VALID", "ERR_TLS_NOT_YET_VALID", "not-yet-valid", "its certificate is valid only from 2029-06-01"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "ERR_TLS_SELF_SIGNED", "self-signed", "its certificate is self-signed"],
    [
      "SELF_SIGNED_CERT_IN_CHAIN",
      "ERR_TLS_UNTRUSTED",
      "untrusted-root",
      "its certificate comes from an authority this machine does not trust: CN=Example CA",
    ],
    [
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
      "ERR_TLS_UNTRUSTED",
      "untrusted-root",
      "its certificate comes from an authority this machine does not trust: CN=Example CA",
    ],
    [
      "UNABLE_TO_GET_ISSUER_CERT",
      "ERR_TLS_UNTRUSTED",
      "untrusted-root",
      "its certificate comes from an authority this machine does not trust: CN=Example CA",
    ],
    [
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "ERR_TLS_INCOMPLETE_CHAIN",
      "incomplete-chain",
      "it does not send the intermediate certificate of CN=Example CA",
    ],
    ["CERT_SIGNATURE_FAILURE", "ERR_TLS_UNTRUSTED", "bad-signature", "its certificate is not signed by the issuer it names"],
    ["CERT_REVOKED", "ERR_TLS_REVOKED", "revoked", "its certificate was revoked"],
    [
      "ERR_TLS_CERT_ALTNAME_INVALID",
      "ERR_TLS_HOSTNAME",
      "hostname",
      "its certificate is not for other.example.com but for api.example.com, www.example.com, 192.0.2.1 and 1 more",
    ],
    ["SOMETHING_NEW", "ERR_TLS", "certificate", "its certificate was refused (SOMETHING_NEW)"],
  ])("%s is %s (%s): %s", (reason, code, id, summary) => {
    expect(find(reason)).toMatchObject({ code, finding: { id, summary, subject: "CN=api.example.com, O=Example" } });
    expect(find(reason).finding.remedy).not.toMatch(/verify: false|--no-verify/);
  });

  it("counts the days since a certificate expired", () => {
    const summary = (validTo: string): string => find("CERT_HAS_EXPIRED", { validTo }).finding.summary;
    expect(summary("Jun 15 01:00:00 2030 GMT")).toBe("its certificate expired today (2030-06-15)");
    expect(summary("Jun 14 01:00:00 2030 GMT")).toBe("its certificate expired yesterday (2030-06-14)");
    expect(summary("Jan  1 00:00:00 2031 GMT")).toBe("a certificate of its chain has expired");
  });

  it("does without a certificate, and without names in it", () => {
    for (const reason of ["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID", "SELF_SIGNED_CERT_IN_CHAIN", "ERR_TLS_CERT_ALTNAME_INVALID"]) {
      const { finding } = find(reason, null);
      expect([finding.summary.includes("undefined"), "subject" in finding]).toEqual([false, false]);
    }
    expect(find("ERR_TLS_CERT_ALTNAME_INVALID", { subjectAltName: undefined }).finding.summary).toBe(
      "its certificate is not for other.example.com",
    );
  });

  it("lets no control character of a certificate reach a terminal", () => {
    expect(find("CERT_REVOKED", { subject: "CN=\u001b[31mred\u0007\u009b" }).finding.subject).toBe("CN=?[31mred??");
  });
});

describe("handshakeFinding", () => {
  const alert = (number: number): string =>
    `40BD064E3E7F0000:error:0A0${(1000 + number).toString(16).padStart(5, "0").toUpperCase()}:SSL routines:ssl3_read_bytes:some words:../deps/openssl/ssl/record/rec_layer_s3.c:918:SSL alert number ${number}\n`;

  it.each([
    [40, "ERR_TLS_PROTOCOL", "protocol"],
    [42, "ERR_TLS_CLIENT_CERTIFICATE", "client-certificate"],
    [43, "ERR_TLS_CLIENT_CERTIFICATE", "client-certificate"],
    [44, "ERR_TLS_CLIENT_CERTIFICATE", "client-certificate"],
    [45, "ERR_TLS_CLIENT_CERTIFICATE", "client-certificate"],
    [46, "ERR_TLS_CLIENT_CERTIFICATE", "client-certificate"],
    [48, "ERR_TLS_CLIENT_CERTIFICATE", "client-certificate"],
    [49, "ERR_TLS_CLIENT_CERTIFICATE", "client-certificate"],
    [70, "ERR_TLS_PROTOCOL", "protocol"],
    [71, "ERR_TLS_PROTOCOL", "protocol"],
    [112, "ERR_TLS_HOSTNAME", "sni-refused"],
    [116, "ERR_TLS_CLIENT_CERTIFICATE", "client-certificate"],
  ])("reads alert %i by its number: %s", (number, code, id) => {
    const found = handshakeFinding(alert(number), undefined);
    expect(found).toMatchObject({ code, finding: { id } });
    expect(found?.finding.summary).toContain(`(alert ${number})`);
  });

  it("keeps OpenSSL's words for any other alert or reason", () => {
    expect(handshakeFinding(alert(80), undefined)).toMatchObject({
      code: "ERR_TLS",
      finding: { id: "handshake", summary: "TLS failed (some words)" },
    });
    expect(handshakeFinding("40BD:error:0A000123:SSL routines:f:unexpected thing:../x.c:1:", undefined)?.finding.summary).toBe(
      "TLS failed (unexpected thing)",
    );
    expect(handshakeFinding("something odd", "ERR_SSL_ODD")).toMatchObject({ code: "ERR_TLS" });
    expect(handshakeFinding("write EPROTO", "EPROTO")).toMatchObject({ code: "ERR_TLS" });
  });

  it.each([
    "40BD:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../x.c:1:",
    "40BD:error:0A00009C:SSL routines:ssl3_get_record:http request:../x.c:1:",
    "error:0A0000C6:SSL routines:tls_get_more_records:packet length too long:../x.c:1:",
  ])("knows an answer that was no TLS: %s", (text) => {
    expect(handshakeFinding(text, "ERR_SSL_WRONG_VERSION_NUMBER")).toMatchObject({
      code: "ERR_TLS_PLAIN_HTTP",
      finding: { id: "plain-http" },
    });
  });

  it("is silent about what is no failure of TLS", () => {
    for (const [text, code] of [
      ["read ECONNRESET", "ECONNRESET"],
      ["other side closed", "UND_ERR_SOCKET"],
      ["connect ECONNREFUSED 127.0.0.1:1", "ECONNREFUSED"],
      ["", undefined],
    ] as const) {
      expect(handshakeFinding(text, code)).toBeUndefined();
    }
  });

  it("gives only codes that the catalog explains", () => {
    for (let number = 0; number < 256; number += 1)
      expect(catalog).toHaveProperty(handshakeFinding(alert(number), undefined)?.code ?? "none");
  });
});
