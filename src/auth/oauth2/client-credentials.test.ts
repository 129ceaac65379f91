import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { format, inspect } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { answeringServer, callWith, postForm, TestRequest, type Answer, type Reply, type Seen } from "../../../test/signing-request.ts";
import { Session } from "../../client/index.ts";
import { RequestError } from "../../errors/index.ts";
import { redactText, secret } from "../../secrets/index.ts";
import type { Auth, AuthFetch, AuthFetchResponse, RefusedResponse } from "../auth.ts";
import { ClientCredentials, oauth2ClientCredentials, type OAuth2ClientCredentialsOptions } from "./client-credentials.ts";

const clientSecret = "client-secret-value";
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function server(answer: (seen: Seen) => Reply | Promise<Reply>): ReturnType<typeof answeringServer> {
  const started = await answeringServer(answer);
  closers.push(started.close);
  return started;
}

const json = (value: unknown, status = 200): Reply => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});

/** A token endpoint that gives access-token-1, access-token-2, ... */
function tokens(fields: Readonly<Record<string, unknown>> = { expires_in: 3600 }): () => Reply {
  let count = 0;
  return () => json({ access_token: `access-token-${(count += 1)}`, token_type: "Bearer", ...fields });
}

/** Time that only moves when it is told. */
class TestClock {
  nowMs = 1_000_000;
  chance = 0;
  now = (): number => this.nowMs;
  monotonic = (): number => this.nowMs;
  random = (): number => this.chance;
}

const clock = new TestClock();
const make = (tokenUrl: string, options: Partial<OAuth2ClientCredentialsOptions> = {}): ClientCredentials =>
  new ClientCredentials({ tokenUrl, clientId: "deployer", clientSecret, ...options }, clock);

/** The Authorization header that a request would get. */
async function signed(auth: Auth, fetch: (request: AuthFetch) => Promise<AuthFetchResponse> = postForm): Promise<string | undefined> {
  const request = new TestRequest("http://api.test/", { fetch });
  await auth.sign(request);
  return request.header("authorization");
}

const call = (auth: Auth, url: string): Promise<Answer> => callWith(auth, url, { fetch: postForm });
const refused: RefusedResponse = { status: 401, rawHeaders: [], header: () => undefined };

describe("oauth2ClientCredentials, asking for a token", () => {
  it("asks as RFC 6749 4.4.2 says, the client in a Basic header with both parts form-encoded", async () => {
    const { url, seen } = await server(tokens());
    const auth = make(`${url}/oauth/token?tenant=1`, {
      clientId: "client:ü 1",
      clientSecret: "s/e c:r&e=t ✓",
      scope: "read write",
      audience: "https://api.example.com",
      params: { resource: "urn:x" },
    });
    expect(await signed(auth)).toBe("Bearer access-token-1");
    const [request] = seen;
    expect([request?.method, request?.url, request?.headers["content-type"], request?.headers.accept]).toEqual([
      "POST",
      "/oauth/token?tenant=1",
      "application/x-www-form-urlencoded",
      "application/json",
    ]);
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
      grant_type: "client_credentials",
      scope: "read write",
      audience: "https://api.example.com",
      resource: "urn:x",
    });
    expect(Buffer.from(request?.headers.authorization?.slice(6) ?? "", "base64").toString()).toBe(
      "client%3A%C3%BC+1:s%2Fe+c%3Ar%26e%3Dt+%E2%9C%93",
    );
  });

  it("puts the client into the form on request, and sends no header then", async () => {
    const { url, seen } = await server(tokens());
    await signed(make(url, { authStyle: "body" }));
    expect(Object.fromEntries(new URLSearchParams(seen[0]?.body))).toEqual({
      grant_type: "client_credentials",
      client_id: "deployer",
      client_secret: clientSecret,
    });
    expect(seen[0]?.headers.authorization).toBeUndefined();
  });

  it.each([
    [
      "invalid_client, in its words",
      json({ error: "invalid_client", error_description: "no such\r\nclient" }, 401),
      /the server answered 401 invalid_client: no such client$/,
      /Check clientId and clientSecret/,
    ],
    ["invalid_scope", json({ error: "invalid_scope" }, 400), /answered 400 invalid_scope$/, /Check scope/],
    ["an error with status 200", json({ error: "slow_down" }), /answered 200 slow_down$/, /Try the token endpoint/],
    [
      "a page",
      { status: 502, headers: { "content-type": "text/html" }, body: "<h1>access-token-x</h1>" },
      /answered 502$/,
      /token endpoint/,
    ],
    [
      "a page with status 200",
      { status: 200, headers: { "content-type": "text/html" }, body: "<h1>access-token-x</h1>" },
      /answered 200 with text\/html, which is not a JSON object$/,
      /token endpoint/,
    ],
    ["a list", json(["access-token-x"]), /not a JSON object/, /token endpoint/],
    ["no token", json({ token: "access-token-x" }), /answered 200 without an access_token$/, /token endpoint/],
    ["a token that is none", json({ access_token: 7 }), /without an access_token$/, /token endpoint/],
    [
      "a token of another type",
      json({ access_token: "access-token-x", token_type: "DPoP" }),
      /its token is of type DPoP, and errand sends Bearer tokens$/,
      /token endpoint/,
    ],
    ["a redirect", { status: 302, headers: { location: "/login" } }, /answered 302$/, /token endpoint/],
  ])("explains %s, and shows no token", async (_, reply, message, hint) => {
    const { url } = await server(() => reply);
    const error = await signed(make(`${url}/token`)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RequestError);
    expect((error as RequestError).message).toMatch(message);
    expect((error as RequestError).message).toContain(`no access token from ${url}/token: `);
    expect((error as RequestError).hint).toMatch(hint);
    expect((error as RequestError).request).toEqual({ method: "POST", url: `${url}/token` });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/access-token-x|client-secret-value/);
  });

  it("redacts what the server repeats of the secret, and cuts what it says at 200 characters", async () => {
    const { url } = await server(({ body }) =>
      json({ error: "invalid_client", error_description: `you sent ${body} ${"x".repeat(1000)}` }, 401),
    );
    const error = await signed(make(url, { authStyle: "body" })).catch((reason: unknown) => reason);
    expect((error as Error).message).toMatch(/you sent grant_type=client_credentials&client_id=deployer&client_secret=\[redacted\]/);
    expect((error as Error).message.length).toBeLessThan(400);
  });

  it("gives the reason when the endpoint cannot be reached, with the error itself as cause", async () => {
    const cause = new RequestError({ code: "ERR_DNS", message: "auth.test does not resolve" });
    const error = await signed(make("http://auth.test/token"), () => Promise.reject(cause)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: "no access token from http://auth.test/token: auth.test does not resolve", cause });
    const bare = new TestRequest("http://api.test/");
    Object.defineProperty(bare, "fetch", { value: undefined });
    await expect(make("http://auth.test/").sign(bare)).rejects.toThrow(/this request comes without a session/);
  });

  it("tries again at the next call after an error", async () => {
    let count = 0;
    const { url } = await server(() => ((count += 1) === 1 ? { status: 503 } : json({ access_token: "access-token-b" })));
    const auth = make(url);
    await expect(signed(auth)).rejects.toThrow(/answered 503/);
    expect(await signed(auth)).toBe("Bearer access-token-b");
  });

  it.each([400, 401])("reads a rotated client secret again when the endpoint answers %i", async (status) => {
    const folder = await mkdtemp(join(tmpdir(), "errand-oauth2-"));
    closers.push(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, "secret");
    await writeFile(file, "client-secret-old");
    const { url, seen } = await server(({ body }) =>
      body.includes("client-secret-new") ? json({ access_token: "access-token-r" }) : json({ error: "invalid_client" }, status),
    );
    const auth = make(url, { authStyle: "body", clientSecret: secret(`file:${file}`) });
    await expect(signed(auth)).rejects.toThrow(/invalid_client/);
    await writeFile(file, "client-secret-new");
    expect(await signed(auth)).toBe("Bearer access-token-r");
    expect(seen).toHaveLength(3);
  });

  it("asks with the session it is given, and nothing of that session's own credentials", async () => {
    const { url, seen } = await server(tokens());
    const session = new Session({
      baseUrl: "http://127.0.0.1:1/base",
      headers: { "X-Api-Key": "key-of-session" },
      auth: { scheme: "x", sign: (request) => request.setHeader("Authorization", "x") },
    });
    closers.push(() => session.close());
    const auth = oauth2ClientCredentials({ tokenUrl: `${url}/token`, clientId: "deployer", clientSecret, session });
    const neverFetch = (): Promise<AuthFetchResponse> => Promise.reject(new Error("the given session was not used"));
    expect(await signed(auth, neverFetch)).toBe("Bearer access-token-1");
    expect(seen[0]?.headers.authorization).toMatch(/^Basic /);
    expect(seen[0]?.headers["x-api-key"]).toBeUndefined();
    expect(seen[0]?.body).toBe("grant_type=client_credentials");
  });
});

describe("oauth2ClientCredentials, keeping a token", () => {
  it("fetches once for calls that run side by side, and signs at once afterwards", async () => {
    const { url, seen } = await server(tokens());
    const auth = make(url);
    expect(new Set(await Promise.all(Array.from({ length: 50 }, () => signed(auth))))).toEqual(new Set(["Bearer access-token-1"]));
    expect(auth.sign(new TestRequest("http://api.test/"))).toBeUndefined();
    expect(seen).toHaveLength(1);
  });

  it.each([
    ["an hour", 3600, 0, 3540],
    ["an hour, with jitter", 3600, 0.5, 3510],
    ["an hour in a text", "3600", 0, 3540],
    ["forty seconds, of which a quarter is kept in hand", 40, 0, 30],
  ])("renews a token of %s before it expires", async (_, lifetime, chance, renewedAt) => {
    const { url, seen } = await server(tokens({ expires_in: lifetime }));
    clock.chance = chance;
    const auth = make(url);
    await signed(auth);
    clock.nowMs += renewedAt * 1000 - 1;
    expect(await signed(auth)).toBe("Bearer access-token-1");
    clock.nowMs += 1;
    expect(await Promise.all([signed(auth), signed(auth)])).toEqual(["Bearer access-token-2", "Bearer access-token-2"]);
    expect(seen).toHaveLength(2);
    clock.chance = 0;
  });

  it("takes the leeway it is given", async () => {
    const { url } = await server(tokens({ expires_in: 3600 }));
    const auth = make(url, { leeway: "10m" });
    await signed(auth);
    clock.nowMs += 3_000_000;
    expect(await signed(auth)).toBe("Bearer access-token-2");
  });

  it.each([{}, { expires_in: null }, { expires_in: "soon" }, { expires_in: -1 }])(
    "keeps a token with %j until it is refused",
    async (fields) => {
      const { url } = await server(tokens(fields));
      const auth = make(url);
      await signed(auth);
      clock.nowMs += 1e9;
      expect(await signed(auth)).toBe("Bearer access-token-1");
    },
  );

  it("gives a token that lives no time to those who wait for it, and to nobody else", async () => {
    const { url } = await server(tokens({ expires_in: 0 }));
    const auth = make(url);
    expect([await signed(auth), await signed(auth)]).toEqual(["Bearer access-token-1", "Bearer access-token-2"]);
  });

  it("goes on with a token that still works while the endpoint is down, and fails when it has expired", async () => {
    const grant = tokens({ expires_in: 3600 });
    let isDown = false;
    const { url, seen } = await server(() => (isDown ? { status: 503 } : grant()));
    const auth = make(url);
    await signed(auth);
    isDown = true;
    clock.nowMs += 3_545_000;
    expect([await signed(auth), await signed(auth)]).toEqual(["Bearer access-token-1", "Bearer access-token-1"]);
    // One try of a renewal in five seconds, not one a call.
    expect(seen).toHaveLength(2);
    clock.nowMs += 5000;
    expect(await signed(auth)).toBe("Bearer access-token-1");
    expect(seen).toHaveLength(3);
    clock.nowMs += 50_000;
    await expect(signed(auth)).rejects.toThrow(/answered 503/);
    isDown = false;
    expect(await signed(auth)).toBe("Bearer access-token-2");
  });
});

describe("oauth2ClientCredentials, after a 401", () => {
  it("fetches another token once and repeats the call", async () => {
    const endpoint = await server(tokens());
    const api = await server(({ headers }) => ({ status: headers.authorization === "Bearer access-token-2" ? 200 : 401 }));
    const auth = make(endpoint.url);
    expect(await call(auth, api.url)).toMatchObject({ status: 200, exchanges: 2 });
    expect(await call(auth, api.url)).toMatchObject({ status: 200, exchanges: 1 });
    expect(endpoint.seen).toHaveLength(2);
  });

  it("fetches one token for many calls that were refused", async () => {
    const endpoint = await server(tokens());
    const api = await server(({ headers }) => ({ status: headers.authorization === "Bearer access-token-1" ? 401 : 200 }));
    const auth = make(endpoint.url);
    const answers = await Promise.all(Array.from({ length: 30 }, () => call(auth, api.url)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 30 }, () => 200));
    expect(endpoint.seen).toHaveLength(2);
  });

  it("gives the 401 back when another token does not help, and does not fetch one for every call then", async () => {
    const endpoint = await server(tokens());
    const api = await server(() => ({ status: 401 }));
    const auth = make(endpoint.url);
    expect(await call(auth, api.url)).toMatchObject({ status: 401, exchanges: 2 });
    for (let count = 0; count < 5; count += 1) expect(await call(auth, api.url)).toMatchObject({ status: 401, exchanges: 1 });
    expect(endpoint.seen).toHaveLength(2);
    clock.nowMs += 10_000;
    expect(await call(auth, api.url)).toMatchObject({ status: 401, exchanges: 2 });
    expect(endpoint.seen).toHaveLength(3);
  });

  it("does not repeat the call when the endpoint gives the same token again", async () => {
    const endpoint = await server(() => json({ access_token: "access-token-same" }));
    const api = await server(() => ({ status: 401 }));
    expect(await call(make(endpoint.url), api.url)).toMatchObject({ status: 401, exchanges: 1 });
  });

  it("has nothing to say to other statuses, or to the refusal of a header that the caller wrote", async () => {
    const { url, seen } = await server(tokens());
    const auth = make(url);
    const own = new TestRequest("http://api.test/", { headers: { authorization: "own" }, fetch: postForm });
    expect(auth.sign(own)).toBeUndefined();
    expect(await auth.challenge(refused, own)).toBe(false);
    const request = new TestRequest("http://api.test/", { fetch: postForm });
    await auth.sign(request);
    expect(await auth.challenge({ ...refused, status: 403 }, request)).toBe(false);
    expect(seen).toHaveLength(1);
  });
});

describe("oauth2ClientCredentials, its options", () => {
  const good = { tokenUrl: "https://auth.test/token", clientId: "deployer", clientSecret };
  it.each([
    [{ tokenUrl: "/token" }, /tokenUrl of oauth2ClientCredentials\(\) must be an absolute http\(s\) URL/],
    [{ tokenUrl: "https://id:secret-in-url@auth.test/" }, /without fragment and userinfo/],
    [{ tokenUrl: "https://auth.test/#x" }, /tokenUrl/],
    [{ tokenUrl: "ftp://auth.test/" }, /tokenUrl/],
    [{ clientId: "" }, /clientId of oauth2ClientCredentials\(\) must be the client's id; it is empty/],
    [{ clientSecret: undefined }, /takes a clientSecret/],
    [{ scope: ["read"] }, /scope of .* must be scopes separated by blanks/],
    [{ audience: 7 }, /audience/],
    [{ authStyle: "form" }, /authStyle of .* must be "header" or "body"/],
    [{ leeway: "soon" }, /leeway of oauth2ClientCredentials\(\)/],
    [{ session: {} }, /session of .* must be a Session/],
    [{ params: { client_id: "x" } }, /params.client_id of .* cannot be set: give clientId/],
    [{ params: { n: 1 } }, /params.n of .* must be a text/],
    [{ params: "a=b" }, /params of .* must be an object/],
    [{ client_secret: "x" }, /client_secret is not an option/],
  ])("refuses %j", (wrong, message) => {
    expect(() => oauth2ClientCredentials({ ...good, ...wrong } as unknown as OAuth2ClientCredentialsOptions)).toThrow(message);
    expect(() => oauth2ClientCredentials({ ...good, ...wrong } as unknown as OAuth2ClientCredentialsOptions)).not.toThrow(/secret-in-url/);
  });

  it("takes a URL object", () => {
    expect(format("%s", oauth2ClientCredentials({ ...good, tokenUrl: new URL(good.tokenUrl) }))).toBe("[oauth2 https://auth.test/token]");
  });

  it("shows the endpoint, and hides secret and token wherever they turn up", async () => {
    const { url } = await server(() => json({ access_token: "shown-nowhere-token" }));
    const auth: Auth = make(`${url}/?client_secret=shown-nowhere-query`, { clientSecret: "shown-nowhere-secret" });
    await signed(auth);
    const text = [
      inspect({ auth }, { depth: 10, showHidden: true }),
      inspect(auth, { customInspect: false, showHidden: true, depth: 10 }),
      JSON.stringify({ auth, copy: { ...auth } }),
      format("%s %o %O", auth, auth, auth),
    ].join();
    expect(text).not.toMatch(/shown-nowhere|deployer/);
    expect(redactText(`x shown-nowhere-token ${Buffer.from("deployer:shown-nowhere-secret").toString("base64")} x`)).toBe(
      "x [redacted] [redacted] x",
    );
  });
});
