import { write, writeOid } from "../../../src/tls/asn1/write.ts";
import {
  access,
  altNames,
  authority,
  caExtensions,
  custom,
  dnsName,
  extendedKeyUsage,
  ipName,
  issue,
  keyUsage,
  nameConstraints,
  noAuthority,
  serverExtensions,
} from "../issue.ts";
import type { LabCase } from "../lab.ts";

const dayMs = 86_400_000;

export const validityCases: readonly LabCase[] = [
  {
    name: "the server's certificate has expired",
    id: "expired",
    summary: ["The server's certificate (localhost) expired 3 days ago, on "],
    remedy: ["Renew the certificate", "reload"],
    run: async (lab) => lab.diagnose(await lab.serve(await lab.issueLeaf({ days: [-30, -3] }))),
  },
  {
    name: "expired, and for another host",
    id: "expired",
    also: ["hostname"],
    summary: ["expired 3 days ago"],
    remedy: ["Renew the certificate"],
    run: async (lab) =>
      lab.diagnose(await lab.serve(await lab.issueLeaf({ days: [-30, -3], extensions: serverExtensions("api.example.com") }))),
  },
  {
    name: "an intermediate has expired",
    id: "intermediate-expired",
    summary: ["The intermediate certificate Old Intermediate expired 2 days ago"],
    remedy: ["current intermediate", "chain file"],
    run: async (lab) => {
      const old = await issue({ subject: "CN=Old Intermediate", issuer: lab.root, days: [-90, -2], extensions: caExtensions() });
      return lab.diagnose(await lab.serve(await lab.issueLeaf({ issuer: old }), { chain: [old] }));
    },
  },
  {
    name: "the root has expired",
    id: "root-expired",
    summary: ["The root certificate Old Root expired 9 days ago"],
    remedy: ["Update the trusted roots", "ca-certificates"],
    run: async (lab) => {
      const old = await issue({ subject: "CN=Old Root", days: [-900, -9], extensions: caExtensions() });
      return lab.diagnose(await lab.serve(await lab.issueLeaf({ issuer: old }), { chain: [] }), { ca: old.cert });
    },
  },
  {
    name: "not yet valid",
    id: "not-yet-valid",
    summary: ["is valid only from ", "in 4 days"],
    remedy: ["clock"],
    run: async (lab) => lab.diagnose(await lab.serve(await lab.issueLeaf({ days: [5, 30] }))),
  },
  {
    name: "an intermediate is not yet valid",
    id: "intermediate-not-yet-valid",
    summary: ["The intermediate certificate New Intermediate is valid only from"],
    remedy: ["clock"],
    run: async (lab) => {
      const next = await issue({ subject: "CN=New Intermediate", issuer: lab.root, days: [5, 90], extensions: caExtensions() });
      return lab.diagnose(await lab.serve(await lab.issueLeaf({ issuer: next }), { chain: [next] }));
    },
  },
  {
    name: "this machine's clock is ahead",
    id: "clock-wrong",
    also: ["expired"],
    summary: ["This machine's clock is", "days ahead of the server's", "its certificates are valid"],
    remedy: ["Synchronise this machine's clock"],
    run: async (lab) => lab.diagnose(await lab.serve(await lab.issueLeaf({ days: [-30, 5] })), { now: () => Date.now() + 10 * dayMs }),
  },
  {
    name: "this machine's clock is behind",
    id: "clock-wrong",
    also: ["not-yet-valid"],
    summary: ["days behind the server's"],
    remedy: ["Synchronise"],
    run: async (lab) => lab.diagnose(await lab.serve(await lab.issueLeaf({ days: [-5, 60] })), { now: () => Date.now() - 10 * dayMs }),
  },
  {
    name: "expires soon",
    id: "expires-soon",
    summary: ["expires in 4 days, on "],
    remedy: ["Renew it now"],
    run: async (lab) => lab.diagnose(await lab.serve(await lab.issueLeaf({ days: [-80, 5] }))),
  },
];

export const trustCases: readonly LabCase[] = [
  {
    name: "self-signed",
    id: "self-signed",
    summary: ["The server's certificate (localhost) is self-signed"],
    remedy: ["--ca server.pem"],
    run: async (lab) =>
      lab.diagnose(await lab.serve(await issue({ subject: "CN=localhost", extensions: serverExtensions() }), { chain: [] })),
  },
  {
    name: "a private root that is sent",
    id: "untrusted-root",
    summary: ["not trusted on this machine: CN=Private Root", "sent the root itself"],
    remedy: ["compare its fingerprint", "--ca root.pem", "NODE_EXTRA_CA_CERTS"],
    run: async (lab) => {
      const root = await issue({ subject: "CN=Private Root", extensions: caExtensions() });
      return lab.diagnose(await lab.serve(await lab.issueLeaf({ issuer: root }), { chain: [root] }));
    },
  },
  {
    name: "a private root that is not sent",
    id: "untrusted-root-not-sent",
    summary: ["the chain ends at CN=Private Root", "neither sent nor known"],
    remedy: ["--ca root.pem", "system's store"],
    run: async (lab) => {
      const root = await issue({ subject: "CN=Private Root", extensions: caExtensions() });
      const middle = await issue({ subject: "CN=Private Intermediate", issuer: root, extensions: caExtensions() });
      return lab.diagnose(await lab.serve(await lab.issueLeaf({ issuer: middle }), { chain: [middle] }));
    },
  },
  {
    name: "a company's proxy intercepts",
    id: "intercepting-proxy",
    summary: ["intercepts TLS", "Zscaler"],
    remedy: ["NODE_USE_SYSTEM_CA=1", "NODE_EXTRA_CA_CERTS"],
    run: async (lab) => {
      const root = await issue({ subject: "CN=Zscaler Root CA, O=Zscaler Inc.", extensions: caExtensions() });
      const middle = await issue({ subject: "CN=Zscaler Intermediate Root CA (zscaler.net)", issuer: root, extensions: caExtensions() });
      return lab.diagnose(await lab.serve(await lab.issueLeaf({ issuer: middle }), { chain: [middle] }));
    },
  },
  {
    name: "only an intermediate is trusted",
    id: "only-intermediate-trusted",
    summary: ["Trusted is only Lab Intermediate, which is no root", "CN=Lab Root"],
    remedy: ["Put the root certificate", "CA file"],
    run: async (lab) => lab.diagnose(await lab.serve(lab.leaf), { ca: lab.intermediate.cert }),
  },
  {
    name: "the intermediate is missing",
    id: "missing-intermediate",
    summary: ["does not send the certificate of the issuer, CN=Lab Intermediate", "private authority"],
    remedy: ["send the full chain", "--ca"],
    run: async (lab) => lab.diagnose(await lab.serve(lab.leaf, { chain: [] })),
  },
  {
    name: "the intermediate is missing, and may be fetched",
    id: "missing-intermediate",
    summary: ["CN=Lab Intermediate, which was fetched from http://127.0.0.1:", "completes the chain", "Postman"],
    remedy: ["send the full chain"],
    run: async (lab) => {
      const port = await lab.serveHTTP((_request, response) => response.end(lab.intermediate.x509.raw));
      const leaf = await lab.issueLeaf({ extensions: [...serverExtensions(), access({ issuer: `http://127.0.0.1:${port}/ca.crt` })] });
      return lab.diagnose(await lab.serve(leaf, { chain: [] }), { mayFetch: true });
    },
  },
  {
    name: "another intermediate is sent",
    id: "wrong-intermediate",
    summary: ["sends the wrong intermediate: Other Intermediate", "issued by CN=Lab Intermediate"],
    remedy: ["Replace the chain file"],
    run: async (lab) => {
      const other = await issue({ subject: "CN=Other Intermediate", issuer: lab.root, extensions: caExtensions() });
      return lab.diagnose(await lab.serve(lab.leaf, { chain: [other] }));
    },
  },
  {
    name: "the intermediate was made anew with another key",
    id: "rekeyed-issuer",
    summary: ["localhost names Lab Intermediate as its issuer", "has not signed it"],
    remedy: ["Do not go on", "stale chain file"],
    run: async (lab) => {
      const anew = await issue({ subject: "CN=Lab Intermediate", issuer: lab.root, extensions: caExtensions() });
      return lab.diagnose(await lab.serve(lab.leaf, { chain: [anew] }));
    },
  },
  {
    name: "the chain is sent in the wrong order",
    id: "chain-order",
    summary: ["wrong order (localhost, Lab Root, Lab Intermediate)"],
    remedy: ["in this order", "the root is not needed"],
    run: async (lab) => lab.diagnose(await lab.serve(lab.leaf, { chain: [lab.root, lab.intermediate] })),
  },
  {
    name: "Node refuses for a reason of its own",
    id: "certificate-refused",
    also: ["common-name-only"],
    summary: ["Node refuses the certificate: ", "UNSPECIFIED: proxy "],
    remedy: ["RFC 5280", "openssl verify"],
    run: async (lab) => {
      const proxyInfo = custom("1.3.6.1.5.5.7.1.14", write(0x30, write(0x30, writeOid("1.3.6.1.5.5.7.21.1"))), true);
      return lab.diagnose(await lab.serve(await lab.issueLeaf({ extensions: [keyUsage(0x80), proxyInfo] })));
    },
  },
];

export const nameCases: readonly LabCase[] = [
  {
    name: "for other hosts",
    id: "hostname",
    summary: ["not for localhost but for api.example.com, www.example.com", "when no name is asked for"],
    remedy: ["Use a name the certificate lists"],
    run: async (lab) =>
      lab.diagnose(await lab.serve(await lab.issueLeaf({ extensions: serverExtensions("api.example.com", "www.example.com") }))),
  },
  {
    name: "a wildcard one level too high",
    id: "hostname-wildcard",
    summary: ["not for a.b.example.com but for *.example.com", "exactly one label"],
    remedy: ["a wildcard for its level"],
    run: async (lab) =>
      lab.diagnose(await lab.serve(await lab.issueLeaf({ extensions: serverExtensions("*.example.com") })), { host: "a.b.example.com" }),
  },
  {
    name: "a wildcard for the domain itself",
    id: "hostname-wildcard",
    summary: ["not for example.com but for *.example.com"],
    remedy: ["Add example.com"],
    run: async (lab) =>
      lab.diagnose(await lab.serve(await lab.issueLeaf({ extensions: serverExtensions("*.example.com") })), { host: "example.com" }),
  },
  {
    name: "asked by address, which it lacks",
    id: "hostname-address",
    summary: ["not for 127.0.0.1 but for localhost", "a name does not count for an address"],
    remedy: ["Connect by a name", "IP entry"],
    run: async (lab) =>
      lab.diagnose(await lab.serve(await lab.issueLeaf({ extensions: serverExtensions("localhost") })), { host: "127.0.0.1" }),
  },
  {
    name: "the address stands there as a name",
    id: "hostname-address",
    summary: ["the address stands there as a name"],
    remedy: ["IP:, not DNS:"],
    run: async (lab) =>
      lab.diagnose(await lab.serve(await lab.issueLeaf({ extensions: serverExtensions("127.0.0.1") })), { host: "127.0.0.1" }),
  },
  {
    name: "a common name and no alternative names",
    id: "common-name-only",
    summary: ["only as its common name", "browsers, Go and Python refuse"],
    remedy: ["subject alternative name"],
    run: async (lab) => lab.diagnose(await lab.serve(await lab.issueLeaf({ extensions: [keyUsage(0x80)] }))),
  },
  {
    name: "a name with a NUL in it",
    id: "hostname-nul",
    summary: ["localhost\\x00.evil.example", "NUL byte"],
    remedy: ["Do not go on", "attack"],
    run: async (lab) => lab.diagnose(await lab.serve(await lab.issueLeaf({ extensions: serverExtensions("localhost\0.evil.example") }))),
  },
  {
    name: "a name in letters instead of punycode",
    id: "hostname-punycode",
    summary: ["not for xn--bcher-kva.example but for bücher.example", "in punycode"],
    remedy: ["xn--bcher-kva.example"],
    run: async (lab) =>
      lab.diagnose(await lab.serve(await lab.issueLeaf({ extensions: serverExtensions("bücher.example") })), {
        host: "xn--bcher-kva.example",
      }),
  },
];

export const purposeCases: readonly LabCase[] = [
  {
    name: "a client's certificate at a server",
    id: "wrong-purpose",
    summary: ["not for TLS servers", "only TLS clients"],
    remedy: ["serverAuth"],
    run: async (lab) =>
      lab.diagnose(
        await lab.serve(await lab.issueLeaf({ extensions: [noAuthority(), altNames("localhost"), extendedKeyUsage("1.3.6.1.5.5.7.3.2")] })),
      ),
  },
  {
    name: "a key that may not be used for handshakes",
    id: "wrong-key-usage",
    summary: ["may not be used for a handshake", "key usage"],
    remedy: ["digitalSignature"],
    run: async (lab) =>
      lab.diagnose(await lab.serve(await lab.issueLeaf({ extensions: [noAuthority(), altNames("localhost"), keyUsage(0x02)] }))),
  },
  {
    name: "issued by a certificate that is no authority",
    id: "issuer-not-ca",
    summary: ["Impostor was not allowed to issue localhost", "CA:TRUE"],
    remedy: ["true authority"],
    run: async (lab) => {
      const impostor = await issue({ subject: "CN=Impostor", issuer: lab.root, extensions: [noAuthority(), keyUsage(0x80)] });
      return lab.diagnose(await lab.serve(await lab.issueLeaf({ issuer: impostor }), { chain: [impostor] }));
    },
  },
  {
    name: "an authority that may not sign certificates",
    id: "issuer-not-ca",
    summary: ["Half Authority", "keyCertSign"],
    remedy: ["as a CA"],
    run: async (lab) => {
      const half = await issue({ subject: "CN=Half Authority", issuer: lab.root, extensions: [authority(), keyUsage(0x80)] });
      return lab.diagnose(await lab.serve(await lab.issueLeaf({ issuer: half }), { chain: [half] }));
    },
  },
  {
    name: "more authorities than allowed",
    id: "path-length",
    summary: ["The chain is too long: Narrow allows 0 authorities below itself, and there is 1"],
    remedy: ["greater path length"],
    run: async (lab) => {
      const narrow = await issue({ subject: "CN=Narrow", issuer: lab.root, extensions: caExtensions(0) });
      const below = await issue({ subject: "CN=Below", issuer: narrow, extensions: caExtensions() });
      return lab.diagnose(await lab.serve(await lab.issueLeaf({ issuer: below }), { chain: [below, narrow] }));
    },
  },
  {
    name: "outside of what the authority may issue for",
    id: "name-constraints",
    summary: ["Bound may not issue for DNS:localhost", "permit only DNS:example.com"],
    remedy: ["within the constraints"],
    run: async (lab) => {
      const bound = await issue({
        subject: "CN=Bound",
        issuer: lab.root,
        extensions: [...caExtensions(), nameConstraints([dnsName("example.com")])],
      });
      return lab.diagnose(await lab.serve(await lab.issueLeaf({ issuer: bound }), { chain: [bound] }));
    },
  },
  {
    name: "in a network the authority must not issue for",
    id: "name-constraints",
    summary: ["Bound may not issue for IP:127.0.0.1", "exclude IP:127.0.0.0/8"],
    remedy: ["by another authority"],
    run: async (lab) => {
      const bound = await issue({
        subject: "CN=Bound",
        issuer: lab.root,
        extensions: [...caExtensions(), nameConstraints([], [ipName(127, 0, 0, 0, 255, 0, 0, 0)])],
      });
      return lab.diagnose(await lab.serve(await lab.issueLeaf({ issuer: bound }), { chain: [bound] }));
    },
  },
  {
    name: "a critical extension nobody knows",
    id: "unknown-critical-extension",
    summary: ["critical extension nobody here understands (1.3.6.1.4.1.99999.1)"],
    remedy: ["not marked critical"],
    run: async (lab) =>
      lab.diagnose(
        await lab.serve(await lab.issueLeaf({ extensions: [...serverExtensions(), custom("1.3.6.1.4.1.99999.1", write(0x05), true)] })),
      ),
  },
  {
    name: "an extension that is broken",
    id: "malformed-extension",
    summary: ["has an extension that is broken (1.3.6.1.5.5.7.1.1)"],
    remedy: ["Have it reissued"],
    run: async (lab) =>
      lab.diagnose(
        await lab.serve(
          await lab.issueLeaf({ extensions: [...serverExtensions(), custom("1.3.6.1.5.5.7.1.1", Buffer.from([0x30, 0x80]), false)] }),
        ),
      ),
  },
  {
    name: "a weak key",
    id: "weak-key",
    summary: ["has a weak key: RSA 1024"],
    remedy: ["EC P-256", "2048"],
    run: async (lab) => lab.diagnose(await lab.serve(await lab.issueLeaf({ key: "RSA 1024" }), { ciphers: "DEFAULT@SECLEVEL=0" })),
  },
  {
    name: "a weak signature",
    id: "weak-signature",
    summary: ["signed with SHA-1 with ECDSA", "forged"],
    remedy: ["SHA-256"],
    run: async (lab) => lab.diagnose(await lab.serve(await lab.issueLeaf({ hash: "SHA-1" }), { ciphers: "DEFAULT@SECLEVEL=0" })),
  },
];
