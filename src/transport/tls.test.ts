import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectNet } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { daysFromNow, encryptKey, selfSigned, TestAuthority, type Identity } from "../../test/certificates.ts";
import { reply, type RawServer, type RawServerOptions } from "../../test/raw-server.ts";
import { failureOf, raw, testSession } from "../../test/test-session.ts";
import { isTLSError, type RequestError, type TLSError } from "../errors/index.ts";
import { literalSecret } from "../secrets/index.ts";
import type { TLSOptions } from "./tls-material.ts";

let root: TestAuthority;
let other: TestAuthority;
let intermediate: TestAuthority;
let good: Identity;
let client: Identity;
let directory: string;
beforeAll(async () => {
  [root, other] = await Promise.all([TestAuthority.create("Errand Test Root"), TestAuthority.create("Other Root")]);
  intermediate = await TestAuthority.create("Errand Test Intermediate", root);
  [good, client] = await Promise.all([root.issue({ name: "localhost" }), root.issue({ name: "client" })]);
  directory = await mkdtemp(join(tmpdir(), "errand-tls-"));
});
afterAll(() => rm(directory, { recursive: true }));

const warnings: (Error & { code?: string })[] = [];
const onWarning = (warning: Error): void => void warnings.push(warning);
beforeAll(() => void process.on("warning", onWarning));
afterAll(() => void process.removeListener("warning", onWarning));
afterEach(() => void warnings.splice(0));

const serve = (tls: NonNullable<RawServerOptions["tls"]>): Promise<RawServer> =>
  raw(({ socket }) => void socket.write(reply("200 OK", "secure")), { tls });
const call = (url: string, tls: TLSOptions = {}): Promise<string> => testSession({ tls }).session.get(url).text();
const refusal = async (url: string, tls: TLSOptions = {}): Promise<TLSError> => {
  const error = await failureOf(call(url, tls));
  expect(isTLSError(error), String(error)).toBe(true);
  return error as TLSError;
};
const file = async (name: string, content: string): Promise<string> => {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
};

describe("certificates that do not hold", () => {
  it("expired: says since when, what to do, and is not tried again", async () => {
    const server = await serve(await root.issue({ name: "localhost", notBefore: daysFromNow(-40), notAfter: daysFromNow(-3) }));
    const error = await refusal(server.url, { ca: root.cert });
    const day = daysFromNow(-3).toISOString().slice(0, 10);
    expect(error.message).toBe(`GET ${server.url}/ failed: its certificate expired 3 days ago (${day}) (CERT_HAS_EXPIRED)`);
    expect([error.code, error.finding.id, error.hint, error.attempts.length]).toEqual([
      "ERR_TLS_EXPIRED",
      "expired",
      expect.stringMatching(/Renew the certificate/),
      1,
    ]);
    expect([error.finding.subject, server.heads]).toEqual(["CN=localhost", []]);
  });

  it("not yet valid", async () => {
    const server = await serve(await root.issue({ name: "localhost", notBefore: daysFromNow(2) }));
    expect(await refusal(server.url, { ca: root.cert })).toMatchObject({
      code: "ERR_TLS_NOT_YET_VALID",
      finding: { id: "not-yet-valid" },
      hint: expect.stringMatching(/clock/),
    });
  });

  it("self-signed", async () => {
    const identity = await selfSigned({ name: "localhost" });
    const server = await serve(identity);
    expect(await refusal(server.url)).toMatchObject({ code: "ERR_TLS_SELF_SIGNED", finding: { id: "self-signed" } });
    expect(await call(server.url, { ca: identity.cert })).toBe("secure");
  });

  it("of an authority nobody here knows, whether its root is sent along or not", async () => {
    const withRoot = await serve({ ...good, cert: good.cert + root.cert });
    const error = await refusal(withRoot.url);
    expect(error).toMatchObject({ code: "ERR_TLS_UNTRUSTED", finding: { id: "untrusted-root" } });
    expect(error.message).toMatch(/its certificate comes from an authority this machine does not trust: CN=Errand Test Root/);
    expect((await refusal(withRoot.url, { ca: other.cert, roots: "only" })).code).toBe("ERR_TLS_UNTRUSTED");
  });

  it("without the intermediate", async () => {
    const leaf = await intermediate.issue({ name: "localhost" });
    const incomplete = await serve(leaf);
    const error = await refusal(incomplete.url, { ca: root.cert });
    expect([error.code, error.message]).toEqual([
      "ERR_TLS_INCOMPLETE_CHAIN",
      expect.stringMatching(/it does not send the intermediate certificate of CN=Errand Test Intermediate/),
    ]);
    const complete = await serve({ ...leaf, cert: leaf.cert + intermediate.cert });
    expect(await call(complete.url, { ca: root.cert })).toBe("secure");
  });

  it("for another host: names those it is for", async () => {
    const server = await serve(
      await root.issue({
        name: "x",
        names: [
          { type: "dns", value: "api.example.com" },
          { type: "dns", value: "www.example.com" },
        ],
      }),
    );
    const error = await refusal(server.url, { ca: root.cert });
    expect([error.code, error.message]).toEqual([
      "ERR_TLS_HOSTNAME",
      expect.stringMatching(/its certificate is not for localhost but for api.example.com, www.example.com/),
    ]);
    expect(await call(server.url, { ca: root.cert, servername: "api.example.com" })).toBe("secure");
    const named = await serve(await root.issue({ name: "localhost", names: [{ type: "dns", value: "localhost" }] }));
    expect((await refusal(named.url.replace("localhost", "127.0.0.1"), { ca: root.cert })).code).toBe("ERR_TLS_HOSTNAME");
    const withIp = await serve(good);
    expect(await call(withIp.url.replace("localhost", "127.0.0.1"), { ca: root.cert })).toBe("secure");
  });

  it("are refused before a byte of the request has left", async () => {
    const server = await serve(await selfSigned({ name: "localhost" }));
    const { session } = testSession({ headers: { authorization: "Bearer token-12345678" } });
    await failureOf(session.post(server.url, { json: { a: 1 }, idempotencyKey: true }));
    expect(server.heads).toEqual([]);
  });
});

describe("handshakes that fail", () => {
  it("at a port that speaks plain HTTP", async () => {
    const plain = await raw(() => undefined, {
      onConnection: (socket) => void socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    });
    const error = await refusal(`https://127.0.0.1:${plain.port}/`);
    expect([error.code, error.message, error.hint, error.attempts.length]).toEqual([
      "ERR_TLS_PLAIN_HTTP",
      expect.stringMatching(/the port does not speak TLS/),
      `Use http:// for this port, or the port where the server speaks TLS. Try: errand doctor https://127.0.0.1:${plain.port}`,
      1,
    ]);
  });

  it("when the server hangs up or resets in the middle", async () => {
    const closing = await raw(() => undefined, { onConnection: (socket) => void socket.once("data", () => socket.end()) });
    const error = (await failureOf(call(`https://127.0.0.1:${closing.port}/`))) as RequestError;
    expect([error.code, error.message, error.attempts.length]).toEqual([
      "ERR_CONNECTION_RESET",
      expect.stringMatching(/the connection was reset during the TLS handshake \(ECONNRESET\)/),
      3,
    ]);
  });

  it("for lack of a common version", async () => {
    const server = await serve({ ...good, minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" });
    const error = await refusal(server.url, { ca: root.cert });
    expect([error.code, error.finding.id, error.attempts.length]).toEqual(["ERR_TLS_PROTOCOL", "protocol", 1]);
  });

  it("and the other way round: plain HTTP at a TLS port", async () => {
    const server = await serve(good);
    const error = (await failureOf(testSession({ retry: false }).session.get(`http://127.0.0.1:${server.port}/`))) as RequestError;
    expect(["ERR_CONNECTION_CLOSED", "ERR_CONNECTION_RESET", "ERR_MALFORMED_RESPONSE"]).toContain(error.code);
  });

  it("in the middle of a connection: plain bytes after the handshake are an error, not an answer", async () => {
    const server = await serve(good);
    let isPoisoned = false;
    // Between client and server: lets the first answer through and puts plain HTTP in place of the second.
    const relay = await raw(() => undefined, {
      onConnection: (socket) => {
        const upstream = connectNet(server.port, "127.0.0.1");
        upstream.on("error", () => socket.destroy());
        socket.on("close", () => upstream.destroy());
        socket.pipe(upstream);
        upstream.on("data", (chunk: Buffer) =>
          socket.write(isPoisoned ? Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nplain") : chunk),
        );
      },
    });
    const { session } = testSession({ tls: { ca: root.cert }, timeout: "2s" });
    const url = `https://localhost:${relay.port}/`;
    expect(await session.get(url).text()).toBe("secure");
    isPoisoned = true;
    expect(await failureOf(session.post(url, { json: {} }))).toMatchObject({ name: "TLSError", code: "ERR_TLS" });
  });
});

describe("client certificates", () => {
  const mutual = (): Promise<RawServer> => serve({ ...good, ca: root.cert, requestCert: true, rejectUnauthorized: true });

  it("that the server requires and does not get are the finding", async () => {
    const server = await mutual();
    const error = await refusal(server.url, { ca: root.cert });
    expect([error.code, error.finding.id, error.attempts.length]).toEqual(["ERR_TLS_CLIENT_CERTIFICATE", "client-certificate", 1]);
    expect(error.message).toMatch(/the server requires a client certificate/);
    const strange = await other.issue({ name: "stranger" });
    // Node's server says nothing about a certificate it does not know, and hangs up.
    const silent = (await failureOf(call(server.url, { ca: root.cert, ...strange }))) as RequestError;
    expect(silent.code).toMatch(/^ERR_CONNECTION_(CLOSED|RESET)$/);
    expect(silent.hint).toMatch(/^The server asked for a client certificate, and may not accept what it got/);
  });

  it("are presented from PEM, from paths, and with an encrypted key", async () => {
    const server = await mutual();
    expect(await call(server.url, { ca: root.cert, ...client })).toBe("secure");
    const [ca, cert, key] = await Promise.all([file("ca.pem", root.cert), file("client.pem", client.cert), file("client.key", client.key)]);
    expect(await call(server.url, { ca: [ca], cert, key })).toBe("secure");
    expect(await call(server.url, { ca, cert, key: literalSecret(client.key, "client key") })).toBe("secure");
    const encrypted = encryptKey(client.key, "open-sesame");
    expect(await call(server.url, { ca, cert, key: encrypted, passphrase: "open-sesame" })).toBe("secure");
    expect(
      await call(server.url, {
        ca,
        cert,
        key: await file("encrypted.key", encrypted),
        passphrase: literalSecret("open-sesame", "passphrase"),
      }),
    ).toBe("secure");
  });

  it.each<[string, () => Promise<TLSOptions>, RegExp]>([
    ["no key", async () => ({ cert: client.cert }), /^tls.key is missing$/],
    ["no certificate", async () => ({ key: client.key }), /^tls.cert is missing$/],
    ["another certificate's key", async () => ({ cert: client.cert, key: good.key }), /^tls.key does not belong to tls.cert$/],
    [
      "an encrypted key without passphrase",
      async () => ({ cert: client.cert, key: encryptKey(client.key, "x1") }),
      /^tls.key is encrypted and no tls.passphrase is given$/,
    ],
    [
      "a wrong passphrase",
      async () => ({ cert: client.cert, key: encryptKey(client.key, "x1"), passphrase: "x2" }),
      /^tls.key does not open with the given tls.passphrase$/,
    ],
    [
      "a certificate file that is not there",
      async () => ({ cert: "/garbage", key: client.key }),
      /^tls.cert cannot read \/garbage \(ENOENT\)$/,
    ],
    ["a key file that is not there", async () => ({ cert: client.cert, key: "/garbage" }), /^tls.key cannot read \/garbage \(ENOENT\)$/],
    ["a key file that is not PEM", async () => ({ cert: client.cert, key: await file("der.key", "binary") }), /der\.key is not PEM$/],
    [
      "a broken certificate",
      async () => ({ cert: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", key: client.key }),
      /^tls.cert is not a readable certificate$/,
    ],
    [
      "a broken key",
      async () => ({ cert: client.cert, key: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----" }),
      /^tls.key is not a readable private key$/,
    ],
    ["a CA file that is not there", async () => ({ ca: "/garbage.pem" }), /^tls.ca: cannot read \/garbage.pem \(ENOENT\)$/],
    ["an empty CA file", async () => ({ ca: await file("empty.pem", "") }), /^tls.ca: no certificates in .*empty.pem$/],
    ["a key as CA", async () => ({ ca: client.key }), /^tls.ca the PEM text holds no certificate$/],
    ["only roots, and none given", async () => ({ roots: "only" as const }), /^tls.roots is "only" but tls.ca gives no certificate$/],
  ])("%s is an error that names the option, before any I/O", async (_name, make, message) => {
    const server = await serve(good);
    const error = (await failureOf(call(server.url, await make()))) as RequestError;
    expect(error).toMatchObject({ name: "InvalidRequestError", code: "ERR_TLS_MATERIAL", message: expect.stringMatching(message) });
    expect([error.attempts.length, server.accepted]).toEqual([1, 0]);
    expect(error.message).not.toContain("PRIVATE KEY");
  });

  it("are read again after a failure: the file may be there by then", async () => {
    const server = await serve(good);
    const path = join(directory, "later.pem");
    const { session } = testSession({ tls: { ca: path } });
    expect(await failureOf(session.get(server.url))).toMatchObject({ code: "ERR_TLS_MATERIAL" });
    await writeFile(path, root.cert);
    expect(await session.get(server.url).text()).toBe("secure");
  });
});

describe("trust", () => {
  it("is the default roots and the given ones, or only those", async () => {
    const server = await serve(good);
    expect(await call(server.url, { ca: root.cert })).toBe("secure");
    expect(await call(server.url, { ca: other.cert + root.cert, roots: "only" })).toBe("secure");
    expect((await refusal(server.url, { ca: other.cert })).code).toMatch(/^ERR_TLS_/);
  });

  it("switched off works, warns once per origin, says where, and stands in every attempt", async () => {
    const server = await serve(await selfSigned({ name: "localhost" }));
    const { session } = testSession({ tls: { verify: false } });
    for (let i = 0; i < 3; i += 1) expect((await session.get(server.url)).attempts).toMatchObject([{ status: 200, isUnverified: true }]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings.map((warning) => [warning.code, warning.message.includes(server.url)])).toEqual([["ERRAND_TLS_UNVERIFIED", true]]);
  });

  it("resumes sessions of the same origin: the second handshake is short, and a dropped connection costs no trust", async () => {
    const server = await raw(({ socket }) => void socket.end(reply("200 OK", "secure", { connection: "close" })), { tls: good });
    const { session } = testSession({ tls: { ca: root.cert } });
    for (let i = 0; i < 3; i += 1) {
      expect(await session.get(server.url).text()).toBe("secure");
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(server.accepted).toBe(3);
  });

  it("times the phases", async () => {
    const server = await serve(good);
    const { session } = testSession({ tls: { ca: root.cert } });
    const { timings } = await session.get(server.url);
    expect(Object.keys(timings).sort()).toEqual(["connectMs", "dnsMs", "receiveMs", "tlsMs", "totalMs", "waitMs"]);
    expect(timings.tlsMs).toBeGreaterThan(0);
  });

  it("keeps a Host header apart from the name that is checked", async () => {
    const server = await serve(good);
    const { session } = testSession({ tls: { ca: root.cert } });
    for (const host of ["a.example", "b.example"])
      expect((await session.get(server.url, { headers: { Host: host } })).text()).toBe("secure");
    expect(server.heads.map((head) => /^host: (.*)\r$/im.exec(head)?.[1])).toEqual(["a.example", "b.example"]);
  });
});
