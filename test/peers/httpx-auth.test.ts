// The behaviours that encode/httpx tests (tests/client/test_auth.py, digest), black-box, under their upstream names. Where errand decides
// otherwise on purpose the title says so.
import { describe, expect, it } from "vitest";
import { digest } from "../../src/auth/index.ts";
import type { Session } from "../../src/client/index.ts";
import { digestServer, fieldsOf, type DigestServerOptions } from "../digest-server.ts";
import { closeAfterTest, testSession } from "../test-session.ts";
import { chunks, scripted } from "./scripted.ts";

const peer = scripted();

const credentials = { user: "tomchristie", password: "password123" };
const guarded = async (options: Partial<DigestServerOptions> = {}): ReturnType<typeof digestServer> =>
  closeAfterTest(await digestServer({ ...credentials, qop: "auth", ...options }));
const signing = (): Session => testSession({ auth: digest(credentials.user, credentials.password) }).session;

/** The status for a challenge that cannot be answered, and how often the server was asked. */
async function unanswered(challenge: string | undefined): Promise<[status: number, calls: number]> {
  peer.api.on("GET /").fail(401, challenge === undefined ? {} : { headers: { "www-authenticate": challenge } });
  return [(await signing().get(peer.api.url)).status, peer.api.calls.length];
}

describe("tests/client/test_auth.py: digest", () => {
  it.each<[string, string, number]>([
    ["test_digest_auth: MD5", "MD5", 32],
    ["test_digest_auth: MD5-SESS", "MD5-SESS", 32],
    ["test_digest_auth: SHA", "SHA", 40],
    ["test_digest_auth: SHA-SESS", "SHA-SESS", 40],
    ["test_digest_auth: SHA-256", "SHA-256", 64],
    ["test_digest_auth: SHA-256-SESS", "SHA-256-SESS", 64],
    ["test_digest_auth: SHA-512", "SHA-512", 128],
    ["test_digest_auth: SHA-512-SESS", "SHA-512-SESS", 128],
  ])("%s is answered with a response of its length, the first nonce count and a cnonce of 16", async (_title, algorithm, length) => {
    const server = await guarded({ algorithm });
    expect((await signing().get(server.url)).status).toBe(200);
    const fields = fieldsOf(server.seen.at(-1)?.headers.authorization);
    expect([fields?.["response"]?.length, fields?.["nc"], fields?.["cnonce"]?.length]).toEqual([length, "00000001", 16]);
  });

  it("test_digest_auth_no_specified_qop: neither qop nor nonce count nor cnonce, as in RFC 2069", async () => {
    const server = await guarded({ qop: undefined });
    expect((await signing().get(server.url)).status).toBe(200);
    const fields = fieldsOf(server.seen.at(-1)?.headers.authorization);
    expect(["qop", "nc", "cnonce"].map((name) => fields?.[name])).toEqual([undefined, undefined, undefined]);
    expect(fields?.["response"]).toHaveLength(32);
  });

  it.each(["auth, auth-int", "auth,auth-int", "auth-int , auth"])(
    "test_digest_auth_qop_including_spaces_and_auth_returns_auth: %j is answered with auth",
    async (qop) => {
      const server = await guarded({ qop });
      expect((await signing().get(server.url)).status).toBe(200);
      expect(fieldsOf(server.seen.at(-1)?.headers.authorization)?.["qop"]).toBe("auth");
    },
  );

  it("test_digest_auth_reuses_challenge: the second call answers ahead of a challenge, with the next nonce count", async () => {
    const server = await guarded();
    const session = signing();
    for (let round = 0; round < 2; round += 1) expect((await session.get(server.url)).status).toBe(200);
    const answers = server.seen.map(({ headers }) => fieldsOf(headers.authorization));
    expect([server.challenges(), answers.map((fields) => fields?.["nc"])]).toEqual([1, [undefined, "00000001", "00000002"]]);
    expect(answers[2]?.["nonce"]).toBe(answers[1]?.["nonce"]);
  });

  it("test_digest_auth_resets_nonce_count_after_401: a new nonce is counted from 1 again", async () => {
    const server = await guarded({ uses: 2 });
    const session = signing();
    for (let round = 0; round < 3; round += 1) expect((await session.get(server.url)).status).toBe(200);
    const answers = server.seen.map(({ headers }) => fieldsOf(headers.authorization));
    expect(answers.map((fields) => fields?.["nc"])).toEqual([undefined, "00000001", "00000002", "00000003", "00000001"]);
    expect(answers[4]?.["nonce"]).not.toBe(answers[3]?.["nonce"]);
  });

  it("test_digest_auth_401_response_without_digest_auth_header: the 401 is the answer, asked for once", async () => {
    expect(await unanswered(undefined)).toEqual([401, 1]);
    expect(await unanswered("")).toEqual([401, 2]);
  });

  it("test_digest_auth_returns_no_auth_if_alternate_auth_scheme: the 401 is the answer, asked for once", async () => {
    expect(await unanswered("Token")).toEqual([401, 1]);
  });

  it.each(['Digest realm="r", qop="auth"', "Digest realm", 'Digest realm="r", nonce="n", algorithm=NO'])(
    "test_sync_digest_auth_raises_protocol_error_on_malformed_header (errand returns the 401): %s",
    async (challenge) => {
      expect(await unanswered(challenge)).toEqual([401, 1]);
    },
  );

  it("test_digest_auth_unavailable_streaming_body (errand returns the 401): a stream is sent once, never an empty second time", async () => {
    const server = await guarded();
    expect((await signing().post(server.url, { body: chunks("Example ", "request body") })).status).toBe(401);
    expect(server.seen.map(({ body }) => body)).toEqual(["Example request body"]);
  });
});
