import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { digestServer, fieldsOf } from "../../test/digest-server.ts";
import { answeringServer, type Reply, type Seen } from "../../test/signing-request.ts";
import { checkSigV4 } from "../../test/sigv4-server.ts";
import { closeAfterTest, failureOf, testSession } from "../../test/test-session.ts";
import { awsSigV4, basic, digest, netrc, oauth2ClientCredentials } from "../auth/index.ts";
import { isRequestError } from "../errors/index.ts";
import { literalSecret } from "../secrets/index.ts";

const serving = async (answer: (seen: Seen) => Reply | Promise<Reply>): ReturnType<typeof answeringServer> =>
  closeAfterTest(await answeringServer(answer));
const credentials = { user: "admin", password: "digest-password" };
const guarded = async (options: Partial<Parameters<typeof digestServer>[0]> = {}): ReturnType<typeof digestServer> =>
  closeAfterTest(await digestServer({ ...credentials, qop: "auth", ...options }));
const json = (value: unknown, status = 200): Reply => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});
async function file(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "errand-auth-"));
  folders.push(folder);
  await writeFile(join(folder, "file"), text, { mode: 0o600 });
  return join(folder, "file");
}

describe("a call with digest", () => {
  const auth = (): ReturnType<typeof digest> => digest(credentials.user, credentials.password);

  it("answers the challenge without counting it as an attempt, and the next call goes ahead of it", async () => {
    const { url, seen } = await guarded({ algorithm: "SHA-256" });
    const { session } = testSession({ auth: auth(), retry: false });
    const first = await session.get(`${url}/a?b=%20c`);
    expect([first.status, first.attempts.map(({ status }) => status)]).toEqual([200, [401, 200]]);
    expect((await session.post(`${url}/p`, { json: { a: 1 } })).status).toBe(200);
    expect(seen).toHaveLength(3);
  });

  it("signs bodies of every kind for auth-int, and sends them whole", async () => {
    const { url, seen } = await guarded({ qop: "auth-int" });
    const { session } = testSession({ auth: auth() });
    const path = await file("from a file");
    for (const options of [
      { json: { a: 1 } },
      { form: { a: 1 } },
      { body: { path } },
      { body: new Blob(["blob"]) },
      { files: { part: { path } } },
      {},
    ]) {
      expect((await session.put(url, options)).status).toBe(200);
    }
    expect(seen.at(-3)?.body).toBe("blob");
  });

  it("gives the 401 back when the password is wrong, and for a stream that was already sent", async () => {
    const { url, seen } = await guarded();
    const { session } = testSession();
    expect((await session.get(url, { auth: digest("admin", "wrong-password") })).status).toBe(401);
    expect(seen).toHaveLength(2);
    async function* once(): AsyncGenerator<string> {
      yield "once";
    }
    expect((await session.put(url, { auth: auth(), body: once() })).status).toBe(401);
    expect(seen).toHaveLength(3);
  });

  it("answers again where a redirect leads, and never another origin", async () => {
    const elsewhere = await serving(() => ({ status: 401, headers: { "www-authenticate": 'Digest realm="evil", nonce="n"' } }));
    const nonces: string[] = [];
    const api = await serving(({ url, headers }): Reply => {
      const nonce = fieldsOf(headers.authorization)?.["nonce"];
      const wanted = url === "/start" ? "n1" : "n2";
      nonces.push(`${url} ${nonce}`);
      if (nonce !== wanted) return { status: 401, headers: { "www-authenticate": `Digest realm="r", nonce="${wanted}"` } };
      return { status: 302, headers: { location: url === "/start" ? "/next" : `${elsewhere.url}/away` } };
    });
    const { session } = testSession({ auth: auth() });
    const response = await session.get(`${api.url}/start`);
    expect([response.status, response.url]).toEqual([401, `${elsewhere.url}/away`]);
    expect(nonces).toEqual(["/start undefined", "/start n1", "/next n1", "/next n2"]);
    expect(elsewhere.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it("answers for a streamed response too", async () => {
    const { url } = await guarded();
    const { session } = testSession({ auth: auth() });
    expect(await (await session.get(url, { stream: true })).text()).toBe("welcome");
  });

  it("lets a header that the caller wrote alone", async () => {
    const { url, seen } = await guarded();
    const { session } = testSession({ auth: auth() });
    expect((await session.get(url, { headers: { Authorization: "Digest own" } })).status).toBe(401);
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(["Digest own"]);
  });
});

describe("a call with oauth2ClientCredentials", () => {
  it("fetches the token over the session's connections, without anything else of the session", async () => {
    let count = 0;
    const endpoint = await serving(() => json({ access_token: `access-token-${(count += 1)}`, expires_in: 3600 }));
    const api = await serving(({ headers }) => ({ status: headers.authorization === "Bearer access-token-2" ? 200 : 401 }));
    const auth = oauth2ClientCredentials({
      tokenUrl: `${endpoint.url}/token`,
      clientId: "deployer",
      clientSecret: literalSecret("client-secret-value", "env:S"),
      authStyle: "body",
    });
    const middleware: string[] = [];
    const { session } = testSession({ baseUrl: api.url, auth, headers: { "X-Api-Key": "key-of-session" }, params: { tenant: 1 } });
    session.use(async (request, next) => {
      middleware.push(request.url.pathname);
      return next(request);
    });
    const responses = await Promise.all(Array.from({ length: 10 }, () => session.get("/x")));
    expect(responses.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(endpoint.seen.map(({ method, url }) => `${method} ${url}`)).toEqual(["POST /token", "POST /token"]);
    expect(Object.fromEntries(new URLSearchParams(endpoint.seen[0]?.body))).toEqual({
      grant_type: "client_credentials",
      client_id: "deployer",
      client_secret: "client-secret-value",
    });
    expect(endpoint.seen[0]?.headers["x-api-key"]).toBeUndefined();
    expect(new Set(middleware)).toEqual(new Set(["/x"]));
  });

  it("fetches the token for a call that holds the session's only place", async () => {
    const endpoint = await serving(() => json({ access_token: "access-token-only", expires_in: 3600 }));
    const api = await serving(() => ({ status: 200 }));
    const auth = oauth2ClientCredentials({ tokenUrl: endpoint.url, clientId: "deployer", clientSecret: "client-secret-value" });
    const { session } = testSession({ auth, concurrency: 1 });
    expect((await session.get(api.url, { deadline: "2s" })).status).toBe(200);
  });

  it("repeats the token request when the endpoint stumbles, and names it when it falls", async () => {
    let count = 0;
    const endpoint = await serving(() =>
      (count += 1) < 3 ? { status: 503 } : json({ error: "invalid_client", error_description: "unknown client" }, 401),
    );
    const { session } = testSession({
      auth: oauth2ClientCredentials({ tokenUrl: endpoint.url, clientId: "deployer", clientSecret: "client-secret-value" }),
    });
    const error = await failureOf(session.post("http://127.0.0.1:9/", { json: {} }));
    expect(isRequestError(error)).toBe(true);
    expect(inspect(error, { depth: 10, showHidden: true })).toContain(
      `no access token from ${endpoint.url}/: the server answered 401 invalid_client: unknown client`,
    );
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("client-secret-value");
    expect(endpoint.seen).toHaveLength(3);
  });

  it("goes on fetching for others when the call that began it is cancelled", async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const endpoint = await serving(async () => gate.then(() => json({ access_token: "access-token-late" })));
    const api = await serving(() => ({ status: 200 }));
    const { session } = testSession({
      auth: oauth2ClientCredentials({ tokenUrl: endpoint.url, clientId: "deployer", clientSecret: "client-secret-value" }),
    });
    const cancelled = failureOf(session.get(api.url, { signal: AbortSignal.timeout(20) }));
    const other = session.get(api.url);
    expect(await cancelled).toMatchObject({ code: "ERR_ABORTED" });
    release();
    expect((await other).status).toBe(200);
    expect(endpoint.seen).toHaveLength(1);
  });
});

describe("a call with awsSigV4", () => {
  it("signs what is sent: every kind of body, headers, retries", async () => {
    const problems: (string | undefined)[] = [];
    let count = 0;
    const s3 = await serving((seen) => {
      problems.push(checkSigV4(seen, { secretKey: "aws-secret-key", isS3: true }));
      return { status: (count += 1) === 1 ? 503 : 200 };
    });
    const auth = awsSigV4({
      service: "s3",
      region: "eu-central-1",
      accessKeyId: "AKIDEXAMPLE",
      secretAccessKey: "aws-secret-key",
      sessionToken: "session-token-1",
    });
    const { session } = testSession({ auth, headers: { "X-Amz-Meta-Own": literalSecret("meta-secret-1", "meta") } });
    const path = await file("from a file");
    for (const options of [
      {},
      { json: { a: "é" } },
      { body: { path } },
      { files: { part: { path } } },
      { params: { "list-type": 2, prefix: "a b+c/ü" } },
    ]) {
      expect((await session.put(`${s3.url}/bucket//key $é`, options)).status).toBe(200);
    }
    expect(problems).toEqual(Array.from({ length: 6 }, () => undefined));
    expect(s3.seen[2]?.headers["x-amz-content-sha256"]).toBe(createHash("sha256").update('{"a":"é"}').digest("hex"));
  });

  it("takes the credentials back before another origin, and refuses a stream it cannot hash", async () => {
    const elsewhere = await serving(() => ({ status: 200 }));
    const s3 = await serving(() => ({ status: 302, headers: { location: elsewhere.url } }));
    const auth = awsSigV4({
      service: "s3",
      region: "eu-central-1",
      accessKeyId: "AKIDEXAMPLE",
      secretAccessKey: "aws-secret-key",
      sessionToken: "session-token-1",
    });
    const { session } = testSession({ auth });
    expect((await session.get(s3.url)).status).toBe(200);
    expect(Object.keys(elsewhere.seen[0]?.headers ?? {}).filter((name) => /^(x-amz-|authorization)/.test(name))).toEqual([]);
    const error = await failureOf(session.put(s3.url, { body: new Blob(["x"]).stream() }));
    expect(error).toMatchObject({ code: "ERR_INVALID_BODY", message: expect.stringContaining("cannot be hashed first") });
    expect(s3.seen).toHaveLength(1);
  });
});

describe("a call with netrc", () => {
  it("uses the host's entry when the call has no auth, and explicit auth instead when it has", async () => {
    const { url, seen } = await serving(() => ({ status: 200 }));
    const { session } = testSession({ auth: netrc(await file("machine 127.0.0.1 login ann password netrc-password")) });
    await session.get(url);
    await session.get(url, { auth: basic("bob", "own-password") });
    await session.get(url, { headers: { Authorization: "Bearer own" } });
    await session.get(url.replace("//", "//cleo:url-password@"));
    await session.get(url.replace("127.0.0.1", "localhost"));
    const users = seen.map(({ headers }) => headers.authorization?.replace(/^Basic (.*)/, (_, text: string) => atob(text)));
    expect(users).toEqual(["ann:netrc-password", "bob:own-password", "Bearer own", "cleo:url-password", undefined]);
  });

  it("does not follow a redirect to another origin with credentials of its own (unlike requests)", async () => {
    const elsewhere = await serving(() => ({ status: 200 }));
    const api = await serving(() => ({ status: 302, headers: { location: elsewhere.url } }));
    const { session } = testSession({ auth: netrc(await file("machine 127.0.0.1 login ann password netrc-password")) });
    await session.get(api.url);
    expect(api.seen[0]?.headers.authorization).toMatch(/^Basic /);
    expect(elsewhere.seen[0]?.headers.authorization).toBeUndefined();
  });

  it("names the file and line when it cannot be used", async () => {
    const path = await file("machine 127.0.0.1 login ann password two words");
    const { session } = testSession({ auth: netrc(path) });
    expect(await failureOf(session.get("http://127.0.0.1:9/"))).toMatchObject({
      code: "ERR_CONFIG",
      message: expect.stringContaining(`${path}:1: the entry "machine 127.0.0.1"`),
    });
  });
});
