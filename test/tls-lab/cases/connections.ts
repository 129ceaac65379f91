import { createDiffieHellmanGroup, createPrivateKey } from "node:crypto";
import { connect, type Socket } from "node:net";
import { write } from "../../../src/tls/asn1/write.ts";
import { closedPort } from "../../raw-server.ts";
import {
  access,
  caExtensions,
  extendedKeyUsage,
  issue,
  mustStaple,
  noAuthority,
  revocationList,
  serverExtensions,
  type Issued,
} from "../issue.ts";
import type { Lab, LabCase } from "../lab.ts";
import { makeCrl, makeOcsp } from "../revocation.ts";

const keyCompromise = { daysAgo: 2, reason: 1 };

/** A leaf whose list and responder are the lab's own, and answer with what `make` gives. */
async function listed(lab: Lab, kind: "crl" | "ocsp", make: (leaf: Issued) => Promise<Buffer> | Buffer): Promise<Issued> {
  let answer = Buffer.alloc(0);
  const port = await lab.serveHTTP((request, response) => void (request.resume(), response.end(answer)));
  const url = `http://127.0.0.1:${port}/${kind}`;
  const leaf = await lab.issueLeaf({ extensions: [...serverExtensions(), kind === "crl" ? revocationList(url) : access({ ocsp: url })] });
  answer = Buffer.from(await make(leaf));
  return leaf;
}

export const revocationCases: readonly LabCase[] = [
  {
    name: "revoked, by the authority's list",
    id: "revoked",
    summary: ["was revoked 2 days ago", "its key was compromised", "CRL"],
    remedy: ["Do not go on", "new key"],
    run: async (lab) => {
      const leaf = await listed(lab, "crl", (about) => makeCrl(lab.intermediate, about, { revoked: keyCompromise }));
      return lab.diagnose(await lab.serve(leaf), { mayFetch: true });
    },
  },
  {
    name: "revoked, by the authority's responder",
    id: "revoked",
    summary: ["was revoked 2 days ago", "says the authority's OCSP"],
    remedy: ["Do not go on"],
    run: async (lab) => {
      const leaf = await listed(lab, "ocsp", (about) => makeOcsp(lab.intermediate, about, { revoked: keyCompromise }));
      return lab.diagnose(await lab.serve(leaf), { mayFetch: true });
    },
  },
  {
    name: "revoked, by a stapled answer of a delegate",
    id: "revoked",
    summary: ["stapled OCSP"],
    remedy: ["new certificate"],
    run: async (lab) => {
      const delegate = await issue({
        subject: "CN=Responder",
        issuer: lab.intermediate,
        extensions: [noAuthority(), extendedKeyUsage("1.3.6.1.5.5.7.3.9")],
      });
      const staple = makeOcsp(lab.intermediate, lab.leaf, { revoked: keyCompromise, delegate });
      const setUp = (server: NodeJS.EventEmitter): void =>
        void server.on("OCSPRequest", (_certificate: Buffer, _issuer: Buffer, done: (error: null, answer: Buffer) => void) =>
          done(null, staple),
        );
      return lab.diagnose(await lab.serve(lab.leaf, { setUp }));
    },
  },
  {
    name: "a list that is out of date",
    id: "revocation-unknown",
    summary: ["is not known", "list (CRL) is out of date since"],
    remedy: ["whoever runs the authority"],
    run: async (lab) => {
      const leaf = await listed(lab, "crl", (about) => makeCrl(lab.intermediate, about, { nextDays: -3 }));
      return lab.diagnose(await lab.serve(leaf), { mayFetch: true });
    },
  },
  {
    name: "a responder whose answer somebody else signed",
    id: "revocation-unknown",
    summary: ["OCSP answer is not signed by the certificate's issuer"],
    remedy: ["whoever runs the authority"],
    run: async (lab) => {
      const forger = await issue({ subject: lab.intermediate.subject, extensions: caExtensions() });
      const leaf = await listed(lab, "ocsp", (about) => makeOcsp(lab.intermediate, about, { delegate: forger }));
      return lab.diagnose(await lab.serve(leaf), { mayFetch: true });
    },
  },
  {
    name: "a staple is demanded and not sent",
    id: "must-staple",
    summary: ["demands a stapled OCSP answer"],
    remedy: ["stapling on"],
    run: async (lab) => lab.diagnose(await lab.serve(await lab.issueLeaf({ extensions: [...serverExtensions(), mustStaple()] }))),
  },
];

/** A fatal alert (RFC 8446 6) as the answer to the first bytes, then the end. */
const alert =
  (number: number) =>
  (socket: { once(event: "data", listener: () => void): unknown; end(bytes: Buffer): unknown }): void =>
    void socket.once("data", () => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, number])));

function forward(socket: Socket, first: Buffer, port: number): void {
  const onward = connect(port, "127.0.0.1");
  onward.on("error", () => socket.destroy());
  onward.write(first);
  socket.pipe(onward).pipe(socket);
}

/** TLS 1.2 with ECDHE-RSA-AES128-GCM-SHA256, and none of the extensions that a server of this century sends. */
const bareServerHello = Buffer.concat([
  Buffer.from([22, 3, 3, 0, 42, 2, 0, 0, 38, 3, 3]),
  Buffer.alloc(32, 7),
  Buffer.from([0, 0xc0, 0x2f, 0]),
]);

/** Parameters of 1024 bits (RFC 2409 6.2) in PKCS#3. */
function weakParameters(): string {
  const group = createDiffieHellmanGroup("modp2");
  const integer = (bytes: Buffer): Buffer => write(0x02, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
  const der = write(0x30, integer(group.getPrime()), integer(group.getGenerator()));
  return `-----BEGIN DH PARAMETERS-----\n${(der.toString("base64").match(/.{1,64}/g) ?? []).join("\n")}\n-----END DH PARAMETERS-----\n`;
}

export const handshakeCases: readonly LabCase[] = [
  {
    name: "plain HTTP on the port",
    id: "plain-http",
    summary: ["speaks plain HTTP, not TLS", "HTTP/1.1 400 Bad Request"],
    remedy: ["Use http://"],
    run: async (lab) => lab.diagnose(await lab.serveHTTP((_request, response) => response.end())),
  },
  {
    name: "plain HTTP that hangs up on TLS without a word",
    id: "plain-http",
    summary: ["speaks plain HTTP"],
    remedy: ["Use http://"],
    run: async (lab) =>
      lab.diagnose(
        await lab.serveRaw(
          (socket) => void socket.once("data", (chunk) => (chunk[0] === 22 ? socket.destroy() : socket.end("HTTP/1.1 200 OK\r\n\r\n"))),
        ),
      ),
  },
  {
    name: "an SSH server on the port",
    id: "not-tls",
    summary: ["speaks SSH, not TLS", "SSH-2.0-OpenSSH_9.2"],
    remedy: ["Check the port"],
    run: async (lab) => lab.diagnose(await lab.serveRaw((socket) => socket.write("SSH-2.0-OpenSSH_9.2\u001b[31m\r\n"))),
  },
  {
    name: "an SMTP server on the port",
    id: "not-tls",
    summary: ["speaks SMTP, not TLS"],
    remedy: ["STARTTLS"],
    run: async (lab) => lab.diagnose(await lab.serveRaw((socket) => socket.write("220 mail.example.com ESMTP\r\n"))),
  },
  {
    name: "nothing listens",
    id: "no-connection",
    summary: ["no connection to localhost:", "ECONNREFUSED"],
    remedy: ["that the server runs"],
    run: async (lab) => lab.diagnose(await closedPort()),
  },
  {
    name: "closed during the handshake",
    id: "handshake-closed",
    summary: ["closed during the handshake, before a byte"],
    remedy: ["firewall", "another network"],
    run: async (lab) => lab.diagnose(await lab.serveRaw((socket) => void socket.once("data", () => socket.end()))),
  },
  {
    name: "reset during the handshake",
    id: "handshake-reset",
    summary: ["reset during the handshake"],
    remedy: ["firewall"],
    run: async (lab) => lab.diagnose(await lab.serveRaw((socket) => void socket.once("data", () => socket.resetAndDestroy()))),
  },
  {
    name: "silence",
    id: "handshake-timeout",
    summary: ["takes the connection, but the handshake stalls before a byte"],
    remedy: ["MTU"],
    run: async (lab) => lab.diagnose(await lab.serveRaw((socket) => void socket.resume()), { timeoutMs: 80 }),
  },
  ...[false, true].map((isReset): LabCase => ({
    name: `a middlebox that ${isReset ? "resets" : "swallows"} what fills more than a packet`,
    id: "large-client-hello",
    summary: ["answers a ClientHello of", "but not the usual one of", "more than a packet"],
    remedy: ["firewall on the way", "MTU"],
    run: async (lab) => {
      const port = await lab.serve(lab.leaf);
      const narrow = await lab.serveRaw((socket) => {
        socket.once("data", (hello) => {
          if (hello.length < 1200) forward(socket, hello, port);
          else if (isReset) socket.resetAndDestroy();
        });
      });
      return lab.diagnose(narrow, { timeoutMs: isReset ? 5000 : 300 });
    },
  })),
  {
    name: "only TLS 1.1",
    id: "protocol-version",
    summary: ["neither TLS 1.2 nor 1.3", "only up to TLS 1.1"],
    remedy: ["Upgrade the server"],
    run: async (lab) =>
      lab.diagnose(await lab.serve(lab.leaf, { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" })),
  },
  {
    name: "no cipher in common",
    id: "no-shared-cipher",
    summary: ["accepts none of the ciphers", "NULL"],
    remedy: ["ECDHE"],
    run: async (lab) =>
      lab.diagnose(
        await lab.serve(await lab.issueLeaf({ key: "RSA 2048" }), { maxVersion: "TLSv1.2", ciphers: "NULL-SHA256:@SECLEVEL=0" }),
      ),
  },
  {
    name: "weak Diffie-Hellman parameters",
    id: "weak-dh",
    summary: ["Diffie-Hellman parameters are too weak: 1024 bits"],
    remedy: ["ECDHE"],
    run: async (lab) =>
      lab.diagnose(
        await lab.serve(await lab.issueLeaf({ key: "RSA 2048" }), {
          maxVersion: "TLSv1.2",
          ciphers: "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0",
          dhparam: weakParameters(),
        }),
      ),
  },
  {
    name: "no secure renegotiation",
    id: "legacy-renegotiation",
    summary: ["does not know secure renegotiation (RFC 5746)"],
    remedy: ["Update the server"],
    run: async (lab) => lab.diagnose(await lab.serveRaw((socket) => void socket.once("data", () => socket.write(bareServerHello)))),
  },
  {
    name: "another protocol than HTTP inside",
    id: "alpn",
    summary: ["none of the protocols that were offered", "alert 120"],
    remedy: ["http/1.1", "ALPN"],
    run: async (lab) => lab.diagnose(await lab.serve(lab.leaf, { ALPNProtocols: ["mqtt"] })),
  },
  {
    name: "the name is refused",
    id: "sni-refused",
    summary: ["does not know the name (alert 112): localhost"],
    remedy: ["--servername"],
    run: async (lab) => lab.diagnose(await lab.serveRaw(alert(112))),
  },
  {
    name: "the connection is closed when the name is asked for",
    id: "sni-refused",
    summary: ["closes the connection when this name is asked for"],
    remedy: ["Check the spelling"],
    run: async (lab) => lab.diagnose(await lab.serve(lab.leaf, { SNICallback: (_name, done) => done(new Error("unknown"), undefined) })),
  },
  {
    name: "a name is needed",
    id: "sni-needed",
    summary: ["asked by address (127.0.0.1)"],
    remedy: ["--servername", "--connect"],
    run: async (lab) => lab.diagnose(await lab.serveRaw(alert(112)), { host: "127.0.0.1" }),
  },
  {
    name: "an internal error of the server",
    id: "handshake-failed",
    summary: ["the server ended it with alert 80"],
    remedy: ["server's log"],
    run: async (lab) => lab.diagnose(await lab.serveRaw(alert(80))),
  },
];

const clientExtensions = [noAuthority(), extendedKeyUsage("1.3.6.1.5.5.7.3.2")];

async function client(lab: Lab, days: readonly [number, number] = [-30, 60]): Promise<{ cert: string; key: string }> {
  const { cert, key } = await issue({ subject: "CN=client", issuer: lab.root, days, extensions: clientExtensions });
  return { cert, key };
}

export const clientCases: readonly LabCase[] = [
  {
    name: "a client certificate is required (TLS 1.3)",
    id: "client-certificate-required",
    summary: ["requires a client certificate", "alert 116"],
    remedy: ["--cert client.pem --key client.key"],
    run: async (lab) => lab.diagnose(await lab.serveOpenSSL("-tls1_3", "-Verify", "1", "-verify_return_error")),
  },
  {
    name: "a client certificate is required (TLS 1.2)",
    id: "client-certificate-required",
    summary: ["requires a client certificate", "alert 40"],
    remedy: ["--cert client.pem --key client.key"],
    run: async (lab) => lab.diagnose(await lab.serveOpenSSL("-tls1_2", "-Verify", "1", "-verify_return_error")),
  },
  {
    name: "a client certificate is required, says the answer",
    id: "client-certificate-required",
    summary: ["status 400 without one"],
    remedy: ["--cert"],
    run: async (lab) => lab.diagnose(await lab.serve(lab.leaf, { requestCert: true, rejectUnauthorized: false, status: 400 })),
  },
  {
    name: "a client certificate is missing, and the server hangs up",
    id: "client-certificate-dropped",
    summary: ["asks for a client certificate and closes the connection without a word when none is given"],
    remedy: ["--cert client.pem"],
    run: async (lab) => lab.diagnose(await lab.serve(lab.leaf, { requestCert: true, rejectUnauthorized: false, status: 0 })),
  },
  {
    name: "a client certificate is optional",
    id: "client-certificate-optional",
    summary: ["asks for a client certificate, but answers without one"],
    remedy: ["--cert and --key"],
    run: async (lab) => lab.diagnose(await lab.serve(lab.leaf, { requestCert: true, rejectUnauthorized: false })),
  },
  {
    name: "the client certificate's authority is unknown there",
    id: "client-certificate-refused",
    summary: ["refuses the client certificate: its authority is not known there", "alert 48"],
    remedy: ["intermediates after it"],
    run: async (lab) => {
      const port = await lab.serveOpenSSL("-Verify", "1", "-verify_return_error", "-no-CAfile", "-no-CApath", "-no-CAstore");
      return lab.diagnose(port, await client(lab));
    },
  },
  {
    name: "the client certificate has expired",
    id: "client-certificate-refused",
    summary: ["it has expired", "alert 45"],
    remedy: ["renew it"],
    run: async (lab) => {
      const port = await lab.serveOpenSSL("-Verify", "1", "-verify_return_error", "-CAfile", await lab.file("root.pem", lab.root.cert));
      return lab.diagnose(port, await client(lab, [-30, -2]));
    },
  },
  {
    name: "the client certificate is refused without a word",
    id: "client-certificate-dropped",
    summary: ["closes the connection without a word when it is given this one"],
    remedy: ["server's log"],
    run: async (lab) => {
      const other = await issue({ subject: "CN=Other Root", extensions: caExtensions() });
      return lab.diagnose(await lab.serve(lab.leaf, { requestCert: true, rejectUnauthorized: true, ca: other.cert }), await client(lab));
    },
  },
  {
    name: "the client certificate stays here: the server is not the right one",
    id: "hostname",
    also: ["client-certificate-not-tried"],
    summary: ["not for localhost"],
    remedy: ["Use a name"],
    run: async (lab) => {
      const leaf = await lab.issueLeaf({ extensions: serverExtensions("api.example.com") });
      return lab.diagnose(await lab.serve(leaf, { requestCert: true, rejectUnauthorized: false }), await client(lab));
    },
  },
  {
    name: "the client key belongs to another certificate",
    id: "client-key-mismatch",
    summary: ["does not belong to the client certificate"],
    remedy: ["Give the key the certificate was issued for"],
    run: async (lab) => lab.diagnose(await lab.serve(lab.leaf), { cert: (await client(lab)).cert, key: lab.leaf.key }),
  },
  {
    name: "the client key is encrypted, and there is no passphrase",
    id: "client-key-passphrase",
    summary: ["encrypted, and no passphrase is given"],
    remedy: ["tls.passphrase"],
    run: async (lab) => {
      const { cert, key } = await client(lab);
      return lab.diagnose(await lab.serve(lab.leaf), { cert, key: encrypted(key) });
    },
  },
  {
    name: "the client key's passphrase is wrong",
    id: "client-key-passphrase",
    summary: ["does not open with the given passphrase"],
    remedy: ["Check the passphrase"],
    run: async (lab) => {
      const { cert, key } = await client(lab);
      return lab.diagnose(await lab.serve(lab.leaf), { cert, key: encrypted(key), passphrase: "wrong" });
    },
  },
  {
    name: "the client key is not PEM",
    id: "client-key-unreadable",
    summary: ["no PEM private key in it", "client.key"],
    remedy: ["openssl pkcs12"],
    run: async (lab) =>
      lab.diagnose(await lab.serve(lab.leaf), { cert: (await client(lab)).cert, key: await lab.file("client.key", "0\u0082 DER") }),
  },
  {
    name: "the client certificate is not PEM",
    id: "client-certificate-unreadable",
    summary: ["no PEM certificate in it", "client.pem"],
    remedy: ["openssl pkcs12"],
    run: async (lab) =>
      lab.diagnose(await lab.serve(lab.leaf), { cert: await lab.file("client.pem", "junk"), key: (await client(lab)).key }),
  },
  {
    name: "the client certificate's key is so weak that OpenSSL does not use it",
    id: "client-certificate-unusable",
    summary: ["OpenSSL does not use the client certificate", "too small"],
    remedy: ["reissued"],
    run: async (lab) => {
      const weak = await issue({ subject: "CN=client", issuer: lab.root, extensions: clientExtensions, key: "RSA 512" });
      return lab.diagnose(await lab.serve(lab.leaf, { requestCert: true, rejectUnauthorized: false }), { cert: weak.cert, key: weak.key });
    },
  },
  {
    name: "the client certificate comes without its key",
    id: "client-identity-incomplete",
    summary: ["one of the two is missing"],
    remedy: ["Give both"],
    run: async (lab) => lab.diagnose(await lab.serve(lab.leaf), { cert: (await client(lab)).cert }),
  },
];

/** The key under a passphrase. */
export function encrypted(key: string): string {
  return createPrivateKey(key).export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "right" }).toString();
}

export const environmentCases: readonly LabCase[] = [
  {
    name: "a CA file without certificates",
    id: "ca-file-empty",
    summary: ["junk.pem holds no certificate; nothing of it is trusted"],
    remedy: ["BEGIN CERTIFICATE", "openssl x509 -inform der"],
    run: async (lab) => lab.diagnose(await lab.serve(lab.leaf), { ca: [await lab.file("junk.pem", "junk"), lab.root.cert] }),
  },
  {
    name: "a CA file that is not there",
    id: "ca-file-unreadable",
    also: ["untrusted-root-not-sent"],
    summary: ["nowhere.pem cannot be read"],
    remedy: ["path", "permissions"],
    run: async (lab) => lab.diagnose(await lab.serve(lab.leaf), { ca: "/nonexistent/nowhere.pem" }),
  },
  {
    name: "NODE_EXTRA_CA_CERTS without certificates",
    id: "ca-file-empty",
    summary: ["NODE_EXTRA_CA_CERTS: ", "extra.der holds no certificate"],
    remedy: ["BEGIN CERTIFICATE"],
    run: async (lab) => lab.diagnose(await lab.serve(lab.leaf), { env: { NODE_EXTRA_CA_CERTS: await lab.file("extra.der", "0\u0082") } }),
  },
  {
    name: "verification is switched off for Node",
    id: "verification-off",
    summary: ["NODE_TLS_REJECT_UNAUTHORIZED=0 is set"],
    remedy: ["Unset it", "NODE_EXTRA_CA_CERTS"],
    run: async (lab) => lab.diagnose(await lab.serve(lab.leaf), { env: { NODE_TLS_REJECT_UNAUTHORIZED: "0" } }),
  },
];
