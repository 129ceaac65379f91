// The behaviours that psf/requests tests (tests/test_requests.py, test_lowlevel.py, test_utils.py: digest, netrc, credentials in URLs),
// black-box, under their upstream names. Where errand decides otherwise on purpose the title says so.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { basic, bearer, digest, netrc } from "../../src/auth/index.ts";
import { digestServer, fieldsOf, type DigestServerOptions } from "../digest-server.ts";
import { closeAfterTest, testSession } from "../test-session.ts";
import { scripted } from "./scripted.ts";

const peer = scripted();

const credentials = { user: "user", password: "pass-word-1" };
const guarded = async (options: Partial<DigestServerOptions> = {}): ReturnType<typeof digestServer> =>
  closeAfterTest(await digestServer({ ...credentials, qop: "auth", ...options }));
const basicOf = (userPass: string): string => `Basic ${Buffer.from(userPass).toString("base64")}`;
const challenge = (nonce: string): { headers: Record<string, string> } => ({
  headers: { "www-authenticate": `Digest realm="r", nonce="${nonce}", qop="auth"`, "set-cookie": `fake=${nonce}` },
});

async function netrcFile(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "errand-peers-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "netrc");
  await writeFile(path, text, { mode: 0o600 });
  return path;
}

describe("test_requests.py, test_lowlevel.py: digest", () => {
  it("test_DIGESTAUTH_WRONG_HTTP_401_GET: a wrong password gets the 401, after one answer", async () => {
    const server = await guarded();
    const { session } = testSession();
    expect((await session.get(server.url, { auth: digest("user", "wrongpass") })).status).toBe(401);
    expect(server.seen).toHaveLength(2);
    expect((await session.get(server.url)).status).toBe(401);
    expect((await session.get(server.url, { auth: digest(credentials.user, credentials.password) })).status).toBe(200);
  });

  it("test_DIGESTAUTH_QUOTES_QOP_VALUE (errand leaves qop bare, as RFC 7616 3.4 has it)", async () => {
    const server = await guarded();
    await testSession({ auth: digest(credentials.user, credentials.password) }).session.get(server.url);
    expect(server.seen.at(-1)?.headers.authorization).toMatch(/, qop=auth(?:,|$)/);
  });

  it("test_digestauth_401_only_sent_once: a second challenge is not answered, its 401 is returned", async () => {
    peer.api.on("GET /").fail(401, challenge("same"));
    const response = await testSession({ auth: digest(credentials.user, credentials.password) }).session.get(peer.api.url);
    expect([response.status, peer.api.calls.map(({ headers }) => headers.authorization !== undefined)]).toEqual([401, [false, true]]);
  });

  it("test_digestauth_401_count_reset_on_redirect: where a redirect leads the challenge is answered again", async () => {
    peer.api
      .on("GET /start")
      .reply(({ headers }) =>
        headers.authorization === undefined ? { status: 401, ...challenge("n1") } : { status: 302, headers: { location: "/next" } },
      );
    peer.api
      .on("GET /next")
      .reply(({ headers }) => (fieldsOf(headers.authorization)?.["nonce"] === "n2" ? { text: "ok" } : { status: 401, ...challenge("n2") }));
    const response = await testSession({ auth: digest(credentials.user, credentials.password) }).session.get(`${peer.api.url}/start`);
    const nonces = peer.api.calls.map(({ path, headers }) => [path, fieldsOf(headers.authorization)?.["nonce"]]);
    expect([response.status, nonces.at(0), nonces.at(1), nonces.at(-1)]).toEqual([
      200,
      ["/start", undefined],
      ["/start", "n1"],
      ["/next", "n2"],
    ]);
    expect(nonces).toHaveLength(4);
  });

  it("test_DIGEST_AUTH_RETURNS_COOKIE: the cookie of a 401 is on the response", async () => {
    peer.api.on("GET /").fail(401, challenge("value"));
    const { session } = testSession();
    expect((await session.get(peer.api.url)).cookies["fake"]).toBe("value");
    expect((await session.get(peer.api.url, { auth: digest(credentials.user, credentials.password) })).cookies["fake"]).toBe("value");
  });

  it("test_DIGEST_AUTH_SETS_SESSION_COOKIES: the cookie of the challenge goes with the answer and stays in the session", async () => {
    peer.api.on("GET /").fail(401, challenge("value")).reply();
    const { session } = testSession({ cookies: true, auth: digest(credentials.user, credentials.password) });
    expect((await session.get(peer.api.url)).status).toBe(200);
    await session.get(peer.api.url);
    expect(peer.api.calls.map(({ headers }) => headers.cookie)).toEqual([undefined, "fake=value", "fake=value"]);
  });
});

describe("test_requests.py, test_utils.py: netrc", () => {
  it("test_basicauth_with_netrc: used when asked for; what the call, its header or its URL gives overrides it", async () => {
    const path = await netrcFile("machine 127.0.0.1 login user password from-netrc\n");
    const { session } = testSession({ auth: netrc(path) });
    await session.get(peer.api.url);
    await session.get(peer.api.url, { auth: basic("user", "wrongpass") });
    await session.get(peer.api.url, { headers: { Authorization: "Bearer own-token-1" } });
    await session.extend({ auth: bearer("of-the-session") }).get(peer.api.url);
    expect(peer.api.calls.map(({ headers }) => headers.authorization)).toEqual([
      basicOf("user:from-netrc"),
      basicOf("user:wrongpass"),
      "Bearer own-token-1",
      "Bearer of-the-session",
    ]);
  });

  it("test_basicauth_with_netrc_leak: a known host in the place of a user gets its entry sent nowhere", async () => {
    const path = await netrcFile("machine known-to-netrc.test login user password from-netrc\n");
    const { session } = testSession({ auth: netrc(path) });
    await session.get(peer.api.url.replace("//", "//known-to-netrc.test:@"));
    expect(peer.last()?.headers.authorization).not.toBe(basicOf("user:from-netrc"));
    await session.get(peer.api.url);
    expect(peer.last()?.headers.authorization).toBeUndefined();
  });

  it("test_works: the file that NETRC names", async () => {
    const before = process.env["NETRC"];
    onTestFinished(() => {
      if (before === undefined) delete process.env["NETRC"];
      else process.env["NETRC"] = before;
    });
    process.env["NETRC"] = await netrcFile("machine 127.0.0.1 login aaaa password bbbb-bbbb\n");
    await testSession({ auth: netrc() }).session.get(peer.api.url);
    expect(peer.last()?.headers.authorization).toBe(basicOf("aaaa:bbbb-bbbb"));
  });

  it("test_empty_default_credentials_ignored: a default entry without login sends nothing", async () => {
    const path = await netrcFile("machine example.com login user password pass\n\ndefault\n");
    expect((await testSession({ auth: netrc(path) }).session.get(peer.api.url)).status).toBe(200);
    expect(peer.last()?.headers.authorization).toBeUndefined();
  });
});

describe("test_utils.py: credentials in a URL", () => {
  it.each<[string, string, string]>([
    ["test_get_auth_from_url: percent-encoded", "user%21%2A%27%28%29:pass%21%2A%27%28%29", "user!*'():pass!*'()"],
    ["test_get_auth_from_url: with a percent sign", "user%25user:pass%25pass", "user%user:pass%pass"],
    ["test_get_auth_from_url: with an encoded space", "user%20user:pass%20pass", "user user:pass pass"],
    ["test_get_auth_from_url: with a bare space", "user user:pass pass", "user user:pass pass"],
    ["test_get_auth_from_url: with an encoded colon and slash", "user:pass%3A%2Fword", "user:pass:/word"],
  ])("%s", async (_title, userinfo, userPass) => {
    const response = await testSession().session.get(peer.api.url.replace("//", `//${userinfo}@`));
    expect([peer.last()?.headers.authorization, response.url]).toEqual([basicOf(userPass), `${peer.api.url}/`]);
  });
});
