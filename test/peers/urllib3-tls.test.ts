// The behaviours that urllib3 tests (with_dummyserver/test_https.py, test_socketlevel.py: TLS), black-box, under their upstream names. Where
// errand decides otherwise on purpose the title says so.
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { RequestError } from "../../src/errors/index.ts";
import type { TLSOptions } from "../../src/transport/index.ts";
import { encryptKey, selfSigned, TestAuthority, type Identity } from "../certificates.ts";
import { reply, type RawServer, type RawServerOptions } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";

let root: TestAuthority;
let identity: Identity;
beforeAll(async () => {
  root = await TestAuthority.create("Peers Root");
  identity = await root.issue({ name: "localhost", names: [{ type: "dns", value: "localhost" }] });
});

const serve = (tls: NonNullable<RawServerOptions["tls"]> = identity): Promise<RawServer> =>
  raw(({ socket }) => void socket.write(reply("200 OK", "secure")), { tls });
const call = (url: string, tls: TLSOptions = {}): Promise<string> => testSession({ tls, retry: false }).session.get(url).text();
const refusal = async (url: string, tls: TLSOptions = {}): Promise<RequestError> => (await failureOf(call(url, tls))) as RequestError;

describe("with_dummyserver/test_https.py", () => {
  it("test_assert_fingerprint_sha256: pinned to one certificate (ca with roots only), no other of the same name is accepted", async () => {
    const [pinned, other] = await Promise.all([selfSigned({ name: "localhost" }), selfSigned({ name: "localhost" })]);
    const tls = { ca: pinned.cert, roots: "only" } as const;
    expect(await call((await serve(pinned)).url, tls)).toBe("secure");
    const impostor = await serve(other);
    expect([(await refusal(impostor.url, tls)).name, impostor.heads]).toEqual(["TLSError", []]);
  });

  it("test_client_encrypted_key_requires_password: an error that names the option, no prompt", async () => {
    const client = await root.issue({ name: "client" });
    const server = await serve({ ...identity, ca: root.cert, requestCert: true });
    const key = encryptKey(client.key, "letmein-12345");
    const tls = { ca: root.cert, cert: client.cert, key };
    expect(await refusal(server.url, tls)).toMatchObject({
      code: "ERR_TLS_MATERIAL",
      message: "tls.key is encrypted and no tls.passphrase is given",
    });
    expect(await call(server.url, { ...tls, passphrase: "letmein-12345" })).toBe("secure");
  });

  it("test_client_no_intermediate: a chain with a gap is refused by the server, the whole chain is not", async () => {
    const intermediate = await TestAuthority.create("Peers Intermediate", root);
    const client = await intermediate.issue({ name: "client" });
    const server = await serve({ ...identity, ca: root.cert, requestCert: true, rejectUnauthorized: true });
    const error = await refusal(server.url, { ca: root.cert, cert: client.cert, key: client.key });
    expect([error.code, server.heads]).toEqual([expect.stringMatching(/^ERR_(CONNECTION|TLS)/), []]);
    expect(await call(server.url, { ca: root.cert, cert: client.cert + intermediate.cert, key: client.key })).toBe("secure");
  });

  it("test_invalid_common_name: a certificate for localhost does not hold for 127.0.0.1", async () => {
    const server = await serve();
    const error = await refusal(server.url.replace("localhost", "127.0.0.1"), { ca: root.cert });
    expect(error).toMatchObject({
      name: "TLSError",
      code: "ERR_TLS_HOSTNAME",
      message: expect.stringContaining("not for 127.0.0.1 but for localhost"),
    });
  });

  it("test_verified_with_bad_ca_certs: another authority does not vouch for it", async () => {
    const server = await serve();
    const other = await TestAuthority.create("Bad Root");
    expect(await refusal(server.url, { ca: other.cert, roots: "only" })).toMatchObject({
      name: "TLSError",
      code: expect.stringMatching(/^ERR_TLS_(UNTRUSTED|INCOMPLETE_CHAIN)$/),
    });
    expect(server.heads).toEqual([]);
  });

  it("test_sslkeylogfile (errand: keys are secrets, and no variable of the environment writes them down)", async () => {
    const folder = await mkdtemp(join(tmpdir(), "errand-peers-"));
    const before = process.env["SSLKEYLOGFILE"];
    onTestFinished(async () => {
      if (before === undefined) delete process.env["SSLKEYLOGFILE"];
      else process.env["SSLKEYLOGFILE"] = before;
      await rm(folder, { recursive: true });
    });
    process.env["SSLKEYLOGFILE"] = join(folder, "keys.log");
    expect(await call((await serve()).url, { ca: root.cert })).toBe("secure");
    expect(existsSync(join(folder, "keys.log"))).toBe(false);
  });
});

describe("with_dummyserver/test_socketlevel.py: TLS", () => {
  it("test_alpn_protocol_in_first_request_packet, test_hostname_in_first_request_packet: http/1.1 and the host are in the ClientHello", async () => {
    const hellos: { servername: string; protocols: string[] }[] = [];
    const server = await serve({
      ...identity,
      ALPNCallback: (hello) => {
        hellos.push(hello);
        return "http/1.1";
      },
    });
    expect(await call(server.url, { ca: root.cert })).toBe("secure");
    expect(hellos).toMatchObject([{ servername: "localhost", protocols: expect.arrayContaining(["http/1.1"]) }]);
  });

  it("test_ssl_failure_midway_through_conn: plain bytes after the handshake are an error, not an answer", async () => {
    const server = await serve();
    // Between client and server: puts plain HTTP in place of the answer to the second request.
    let isPoisoned = false;
    const relay = await raw(() => undefined, {
      onConnection: (socket) => {
        const upstream = connect(server.port, "127.0.0.1");
        upstream.on("error", () => socket.destroy());
        socket.on("close", () => upstream.destroy());
        socket.pipe(upstream);
        upstream.on("data", (chunk: Buffer) => socket.write(isPoisoned ? "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nplain" : chunk));
      },
    });
    const { session } = testSession({ tls: { ca: root.cert }, retry: false, timeout: "2s" });
    const url = `https://localhost:${relay.port}/`;
    expect(await session.get(url).text()).toBe("secure");
    isPoisoned = true;
    expect(await failureOf(session.post(url, { json: {} }))).toMatchObject({ name: "TLSError", code: "ERR_TLS" });
  });

  it("test_ssl_read_timeout: a body that stalls ends in a timeout, buffered and streamed", async () => {
    const stalled = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nHi-";
    const server = await raw(({ socket, index }) => void socket.write(index === 0 ? reply("200 OK") : stalled), { tls: identity });
    const { session } = testSession({ tls: { ca: root.cert }, retry: false });
    // The connection stands when the short time begins.
    await session.get(server.url);
    expect(await failureOf(session.get(server.url, { timeout: "150ms" }))).toMatchObject({ code: "ERR_TIMEOUT", phase: "receive" });
    const stream = await session.get(server.url, { stream: true, idleTimeout: "50ms" });
    expect(await failureOf(stream.text())).toMatchObject({ code: "ERR_TIMEOUT", phase: "idle" });
  });
});
