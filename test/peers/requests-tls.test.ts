// The behaviours that psf/requests tests (tests/test_requests.py, TLS and redirects between http and https), black-box, under their upstream
// names.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { TLSSocket } from "node:tls";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { basic } from "../../src/auth/index.ts";
import type { SessionOptions } from "../../src/client/index.ts";
import type { RequestError } from "../../src/errors/index.ts";
import type { TLSOptions } from "../../src/transport/index.ts";
import { TestAuthority, type Identity } from "../certificates.ts";
import { headerIn, reply, type RawServer } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";
import { targetOf, tunnelProxy } from "./tunnel-proxy.ts";

let root: TestAuthority;
let identity: Identity;
let client: Identity;
beforeAll(async () => {
  root = await TestAuthority.create("Peers Root");
  const names = ["localhost", "example.com"].map((value) => ({ type: "dns" as const, value }));
  [identity, client] = await Promise.all([root.issue({ name: "localhost", names }), root.issue({ name: "the client" })]);
});

describe("test_requests.py: certificates", () => {
  it("test_different_connection_pool_for_mtls_settings: the certificate is presented, and no connection is shared with a session without it", async () => {
    const peers: (string | undefined)[] = [];
    const server = await raw(
      ({ socket }) => {
        peers.push((socket as TLSSocket).getPeerCertificate().subject?.CN as string | undefined);
        socket.write(reply("200 OK", "x"));
      },
      { tls: { ...identity, ca: root.cert, requestCert: true, rejectUnauthorized: false } },
    );
    const plain = testSession({ tls: { ca: root.cert } }).session;
    const mutual = testSession({ tls: { ca: root.cert, cert: client.cert, key: client.key } }).session;
    for (const session of [plain, mutual, plain]) expect(await session.get(server.url).text()).toBe("x");
    expect([peers, server.accepted]).toEqual([[undefined, "the client", undefined], 2]);
    expect(await failureOf(testSession().session.get(server.url))).toMatchObject({ name: "TLSError" });
  });

  it("test_invalid_ca_certificate_path: the error names option and path, before any I/O", async () => {
    const server = await raw(() => undefined, { tls: identity });
    const error = (await failureOf(testSession({ tls: { ca: "/garbage" } }).session.get(server.url))) as RequestError;
    expect([error.code, error.message, server.accepted]).toEqual(["ERR_TLS_MATERIAL", "tls.ca: cannot read /garbage (ENOENT)", 0]);
  });

  it("test_invalid_ssl_certificate_files: the error says whether it is the certificate or the key", async () => {
    const folder = await mkdtemp(join(tmpdir(), "errand-peers-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const cert = join(folder, "cert.pem");
    await writeFile(cert, client.cert);
    const server = await raw(() => undefined, { tls: identity });
    for (const [tls, message] of [
      [{ cert: "/garbage", key: client.key }, "tls.cert cannot read /garbage (ENOENT)"],
      [{ cert, key: "/garbage" }, "tls.key cannot read /garbage (ENOENT)"],
      [{ cert: folder, key: "/garbage" }, `tls.cert cannot read ${folder} (EISDIR)`],
    ] satisfies [TLSOptions, string][])
      expect(await failureOf(testSession({ tls }).session.get(server.url))).toMatchObject({ code: "ERR_TLS_MATERIAL", message });
    expect(server.accepted).toBe(0);
  });
});

describe("test_requests.py: credentials between http and https", () => {
  /** http://example.com and https://example.com on their own ports, as a proxy has them; each leads to the other where asked. */
  async function bothSchemes(): Promise<{ plain: RawServer; secure: RawServer; options: SessionOptions }> {
    const secure = await raw(
      ({ socket, head }) =>
        void socket.write(
          targetOf(head) === "/down" ? reply("302 Found", "", { location: "http://example.com/end" }) : reply("200 OK", "end"),
        ),
      { tls: identity },
    );
    const plain = await tunnelProxy(secure.port, {
      forward: ({ socket, head }) =>
        void socket.write(
          targetOf(head)?.endsWith("/up") === true
            ? reply("302 Found", "", { location: "https://example.com/end" })
            : reply("200 OK", "end"),
        ),
    });
    return { plain, secure, options: { proxy: plain.url, tls: { ca: root.cert }, auth: basic("user", "pass-word-1") } };
  }
  const isSigned = (head: string | undefined): boolean => headerIn(head ?? "", "authorization") !== undefined;

  it("test_should_strip_auth_https_upgrade: from port 80 to 443 of the same host they go along, from another port they do not", async () => {
    const { plain, secure, options } = await bothSchemes();
    const { session } = testSession(options);
    await session.get("http://example.com/up");
    await session.get("http://example.com:1080/up");
    const forwarded = plain.heads.filter((head) => head.startsWith("GET"));
    expect([forwarded.map(isSigned), secure.heads.map(isSigned)]).toEqual([
      [true, true],
      [true, false],
    ]);
  });

  it("test_should_strip_auth_http_downgrade, test_auth_is_stripped_on_http_downgrade: refused; where it is allowed they stay behind", async () => {
    const { plain, secure, options } = await bothSchemes();
    const { session } = testSession(options);
    expect(await failureOf(session.get("https://example.com/down"))).toMatchObject({ code: "ERR_REDIRECT_REFUSED" });
    expect((await session.get("https://example.com/down", { redirect: { allowDowngrade: true } })).text()).toBe("end");
    const forwarded = plain.heads.filter((head) => head.startsWith("GET"));
    expect([secure.heads.map(isSigned), forwarded.map(isSigned)]).toEqual([[true, true], [false]]);
  });
});
