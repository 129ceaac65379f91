import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { format, inspect } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { digestServer, fieldsOf, type DigestServerOptions } from "../../../test/digest-server.ts";
import { answeringServer, callWith, TestRequest, type Reply } from "../../../test/signing-request.ts";
import { InvalidRequestError } from "../../errors/index.ts";
import { Secret, secret } from "../../secrets/index.ts";
import type { RefusedResponse } from "../auth.ts";
import { digest } from "./digest.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function started<T extends { close: () => Promise<void> }>(server: Promise<T>): Promise<T> {
  const ready = await server;
  closers.push(ready.close);
  return ready;
}

const credentials = { user: "admin", password: "digest-password" };
const serve = (options: Partial<DigestServerOptions> = {}): ReturnType<typeof digestServer> =>
  started(digestServer({ ...credentials, qop: "auth", ...options }));
const auth = (): ReturnType<typeof digest> => digest(credentials.user, credentials.password);

const refused = (...lines: string[]): RefusedResponse => ({
  status: 401,
  rawHeaders: lines.map((line) => ["WWW-Authenticate", line] as const),
  header: () => lines.join(", "),
});

describe("digest", () => {
  it.each([
    undefined,
    "MD5",
    "MD5-sess",
    "SHA",
    "SHA-sess",
    "SHA-256",
    "SHA-256-sess",
    "SHA-512",
    "SHA-512-256",
    "SHA-512-256-SESS",
    "sha-256",
  ])("proves itself by %s, with auth, auth-int and neither, and again without a second challenge", async (algorithm) => {
    for (const qop of ["auth", "auth-int", "auth-int,auth", undefined]) {
      const server = await serve({ algorithm, qop });
      const client = auth();
      expect(await callWith(client, `${server.url}/a/b?c=%22d%22&e`, { method: "POST", body: "the body" })).toMatchObject({
        status: 200,
        exchanges: 2,
      });
      expect(await callWith(client, `${server.url}/other`)).toMatchObject({ status: 200, exchanges: 1 });
      expect(server.challenges()).toBe(1);
    }
  });

  it("counts the uses of a nonce and takes a new client nonce of 16 characters each time", async () => {
    const server = await serve({ algorithm: "SHA-256" });
    const client = auth();
    for (let call = 0; call < 3; call += 1) await callWith(client, server.url);
    const sent = server.seen.map(({ headers }) => fieldsOf(headers.authorization)).slice(1);
    expect(sent.map((fields) => fields?.["nc"])).toEqual(["00000001", "00000002", "00000003"]);
    expect(new Set(sent.map((fields) => fields?.["cnonce"])).size).toBe(3);
    expect(sent.every((fields) => /^[\w-]{16}$/.test(fields?.["cnonce"] ?? ""))).toBe(true);
  });

  it("answers a stale nonce with the new one and counts from 1 again", async () => {
    const server = await serve({ uses: 2 });
    const client = auth();
    const exchanges: number[] = [];
    for (let call = 0; call < 5; call += 1) exchanges.push((await callWith(client, server.url)).exchanges);
    expect(exchanges).toEqual([2, 1, 2, 1, 2]);
    expect(server.seen.map(({ headers }) => fieldsOf(headers.authorization)?.["nc"])).toEqual([
      undefined,
      "00000001",
      "00000002",
      "00000003",
      "00000001",
      "00000002",
      "00000003",
      "00000001",
    ]);
  });

  it("answers a new nonce that comes without stale, once", async () => {
    let nonce = 0;
    const server = await started(
      answeringServer(() => ({ status: 401, headers: { "www-authenticate": `Digest realm="r", nonce="n${(nonce += 1)}"` } })),
    );
    const client = auth();
    expect(await callWith(client, server.url)).toMatchObject({ status: 401, exchanges: 2 });
    expect(await callWith(client, server.url)).toMatchObject({ status: 401, exchanges: 2 });
    expect(server.seen.map(({ headers }) => fieldsOf(headers.authorization)?.["nonce"])).toEqual([undefined, "n1", "n1", "n3"]);
  });

  it("gives the 401 back when the password is wrong, without a loop", async () => {
    const server = await serve();
    const wrong = await callWith(digest("admin", "wrong-password"), server.url);
    expect([wrong.status, wrong.exchanges, wrong.body]).toEqual([401, 2, "response"]);
    expect(server.seen).toHaveLength(2);
  });

  it("does not answer the same nonce again: the credentials were refused", async () => {
    const client = auth();
    const request = new TestRequest("http://h/");
    expect(client.challenge?.(refused('Digest realm="r", nonce="n"'), request)).toBe(true);
    await client.sign(request);
    expect(await client.challenge?.(refused('Digest realm="r", nonce="n"'), request)).toBe(false);
    // Another call that had gone out without credentials meets the same nonce: it has not been answered yet.
    expect(client.challenge?.(refused('Digest realm="r", nonce="n"'), new TestRequest("http://h/"))).toBe(true);
  });

  it("goes on counting when two calls meet the same nonce: a second 1 would be a replay", async () => {
    const client = auth();
    const requests = [new TestRequest("http://h/"), new TestRequest("http://h/")];
    for (const request of requests) {
      expect(client.challenge?.(refused('Digest realm="r", nonce="n", qop="auth"'), request)).toBe(true);
      await client.sign(request);
    }
    const counts = await Promise.all(requests.map(async (request) => fieldsOf(await request.header("authorization"))?.["nc"]));
    expect(counts).toEqual(["00000001", "00000002"]);
  });

  it("asks the password's source again for a refused answer, not for a stale one", async () => {
    let reads = 0;
    const password = new Secret("store:password", { ttlMs: undefined, read: () => `password-${(reads += 1)}` });
    const client = digest("admin", password);
    const request = new TestRequest("http://h/");
    expect(client.challenge?.(refused('Digest realm="r", nonce="1"'), request)).toBe(true);
    await client.sign(request);
    expect(await client.challenge?.(refused('Digest realm="r", nonce="2", stale=TRUE'), request)).toBe(true);
    expect(reads).toBe(1);
    expect(await client.challenge?.(refused('Digest realm="r", nonce="3", stale=false'), request)).toBe(true);
    expect(reads).toBe(2);
  });

  it("reads a password file again when the answer is refused", async () => {
    const folder = await mkdtemp(join(tmpdir(), "errand-digest-"));
    closers.push(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, "password");
    await writeFile(file, "password-of-yesterday\n");
    const client = digest("admin", secret(`file:${file}`));
    const request = new TestRequest("http://h/");
    const challenge = refused('Digest realm="r", nonce="n"');
    expect(client.challenge?.(challenge, request)).toBe(true);
    await client.sign(request);
    expect(await client.challenge?.(challenge, request)).toBe(false);
    await writeFile(file, "password-of-today\n");
    expect(await client.challenge?.(challenge, request)).toBe(true);
  });

  it("reads a password file again when a new nonce comes instead of stale", async () => {
    const folder = await mkdtemp(join(tmpdir(), "errand-digest-"));
    closers.push(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, "password");
    await writeFile(file, "password-of-yesterday\n");
    const client = digest("admin", secret(`file:${file}`));
    const [before, after] = [await serve({ password: "password-of-yesterday" }), new TestRequest("http://h/")];
    expect((await callWith(client, before.url)).status).toBe(200);
    expect(client.challenge?.(refused('Digest realm="r", nonce="n1"'), after)).toBe(true);
    await client.sign(after);
    await writeFile(file, "password-of-today\n");
    expect(await client.challenge?.(refused('Digest realm="r", nonce="n2"'), after)).toBe(true);
    const server = await serve({ password: "password-of-today" });
    expect((await callWith(client, server.url)).status).toBe(200);
  });

  it("takes an empty password, as devices have it", async () => {
    const server = await serve({ password: "" });
    const client = digest("admin", "");
    expect([(await callWith(client, server.url)).status, format("%s", client)]).toEqual([200, "[digest without password]"]);
    const wrong = await serve();
    expect(await callWith(client, wrong.url)).toMatchObject({ status: 401, exchanges: 2 });
  });

  it("never sends one server's nonce to another, nor answers where it was not asked", async () => {
    const [asking, open] = [await serve(), await started(answeringServer((): Reply => ({ status: 200 })))];
    const client = auth();
    await callWith(client, asking.url);
    await callWith(client, open.url);
    expect(open.seen[0]?.headers.authorization).toBeUndefined();
  });

  it("goes ahead of the challenge only within its domain, other servers in the list ignored", async () => {
    const server = await serve({ extra: 'domain="/private/ http://elsewhere.test/ :bad: private2?x"' });
    const client = auth();
    expect((await callWith(client, `${server.url}/private/a`)).exchanges).toBe(2);
    expect((await callWith(client, `${server.url}/private/b`)).exchanges).toBe(1);
    expect((await callWith(client, `${server.url}/private/private2?xy`)).exchanges).toBe(1);
    expect((await callWith(client, `${server.url}/public`)).exchanges).toBe(2);
    expect((await callWith(client, `${server.url}/public?again`)).exchanges).toBe(1);
  });

  it.each([
    [
      "the strongest",
      [
        'Digest realm="r", nonce="1", algorithm=MD5',
        'Digest realm="r", nonce="2", algorithm=SHA-256, Digest realm="r", nonce="3", algorithm=SHA',
      ],
      "2",
    ],
    ["of equals the first", ['Digest realm="r", nonce="1", algorithm=SHA-256', 'Digest realm="r", nonce="2", algorithm=SHA-256-sess'], "1"],
    [
      "the one it knows",
      ['Basic realm="b", Digest realm="r", nonce="1", algorithm=SHA3-999', 'Digest realm="r", nonce="2", algorithm="md5"'],
      "2",
    ],
    [
      "the whole one",
      ['Digest realm="unterminated, nonce="x', 'Digest realm="r", nonce="2"', 'Digest nonce="no realm", algorithm=SHA-256'],
      "2",
    ],
    [
      "the one with a qop it knows",
      ['Digest realm="r", nonce="1", qop="auth-conf", algorithm=SHA-256', 'Digest realm="r", nonce="2", qop="AUTH"'],
      "2",
    ],
  ])("answers %s of several challenges", async (_, lines, nonce) => {
    const client = auth();
    const request = new TestRequest("http://h/");
    expect(client.challenge?.(refused(...lines), request)).toBe(true);
    await client.sign(request);
    expect(fieldsOf(await request.header("authorization"))?.["nonce"]).toBe(nonce);
  });

  it.each([
    [],
    [""],
    ["Token"],
    ['Basic realm="x"'],
    ["Digest"],
    ['Digest realm="r", nonce="n", algorithm=MD6'],
    ['Digest realm="r", nonce="n", qop="auth-conf"'],
  ])("leaves a 401 with %j as it is", (...lines) => {
    const request = new TestRequest("http://h/");
    const client = auth();
    expect(client.challenge?.(refused(...lines), request)).toBe(false);
    expect(client.sign(request)).toBeUndefined();
    expect(request.sent.size).toBe(0);
  });

  it("looks at no other status, and leaves the caller's own Authorization header alone", () => {
    const client = auth();
    const challenge = refused('Digest realm="r", nonce="n"');
    expect(client.challenge?.({ ...challenge, status: 200 }, new TestRequest("http://h/"))).toBe(false);
    const own = new TestRequest("http://h/", { headers: { Authorization: "Custom x" } });
    expect(client.challenge?.(challenge, own)).toBe(false);
    expect(client.challenge?.(challenge, new TestRequest("http://h/"))).toBe(true);
    expect(client.sign(own)).toBeUndefined();
    expect(own.sent.get("authorization")?.value).toBe("Custom x");
  });

  it("shares one challenge among calls that run side by side, each with its own count", async () => {
    const server = await serve({ algorithm: "SHA-256" });
    const client = auth();
    await callWith(client, server.url);
    const requests = Array.from({ length: 20 }, () => new TestRequest(`${server.url}/x`));
    for (const request of requests) await client.sign(request);
    const counts = await Promise.all(requests.map(async (request) => fieldsOf(await request.header("authorization"))?.["nc"]));
    expect(new Set(counts).size).toBe(20);
    expect((await Promise.all(Array.from({ length: 10 }, () => callWith(auth(), server.url)))).every(({ status }) => status === 200)).toBe(
      true,
    );
  });

  it("says what to do when the body is to be signed and can be read only once", () => {
    const client = auth();
    const request = new TestRequest("http://h/upload?token=tell-nobody-1", { method: "PUT", body: null });
    expect(client.challenge?.(refused('Digest realm="r", nonce="n", qop="auth-int"'), request)).toBe(true);
    expect(() => client.sign(request)).toThrow(InvalidRequestError);
    expect(() => client.sign(request)).toThrow(/PUT http:\/\/h\/upload\?token=\S+: the server wants the body in the signature/);
    expect(() => client.sign(request)).not.toThrow(/tell-nobody/);
    const plain = auth();
    expect(plain.challenge?.(refused('Digest realm="r", nonce="n", qop="auth"'), request)).toBe(true);
    expect(plain.sign(request)).toBeUndefined();
  });

  it("forgets the oldest of a hundred servers, and asks it again", async () => {
    const client = auth();
    const signs = async (host: string): Promise<boolean> => {
      const request = new TestRequest(`http://${host}/`);
      await client.sign(request);
      return request.hasHeader("authorization");
    };
    for (let host = 0; host <= 100; host += 1)
      void client.challenge?.(refused('Digest realm="r", nonce="n"'), new TestRequest(`http://h${host}/`));
    expect([await signs("h0"), await signs("h1"), await signs("h100")]).toEqual([false, true, true]);
  });

  it("shows neither user nor password", async () => {
    const client = digest("digest-user-name", "shown-nowhere-digest");
    const request = new TestRequest("http://h/");
    void client.challenge?.(refused('Digest realm="r", nonce="n"'), request);
    await client.sign(request);
    const text = [
      inspect({ client }, { depth: 10, showHidden: true }),
      inspect(client, { customInspect: false, showHidden: true, depth: 10 }),
      JSON.stringify({ client, copy: { ...client } }),
      format("%s %o %O", client, client, client),
    ].join();
    expect(text).not.toMatch(/digest-user-name|shown-nowhere/);
    expect(format("%s", client)).toBe("[digest password]");
  });

  it("refuses a user name or password that is none", () => {
    for (const user of ["", "line\nbreak", undefined])
      expect(() => digest(user as string, "password-1")).toThrow(
        /user name given to digest\(\) must be a text without control characters; it is (empty|something else|undefined)/,
      );
    for (const password of [null, undefined, 1])
      expect(() => digest("user", password as unknown as string)).toThrow(/digest\(\) takes a password/);
  });
});
