import { beforeEach, describe, expect, it } from "vitest";
import { apiKey, basic, bearer, type Auth } from "../../src/auth/index.ts";
import type { RequestOptions, SessionOptions } from "../../src/client/index.ts";
import { literalSecret } from "../../src/secrets/index.ts";
import { headerIn, reply, type RawServer } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";

type Options = Omit<RequestOptions, "stream">;
const value = "v-0123456789abcdef";
const encoded = Buffer.from(`u:${value}`).toString("base64");

/** Each way to give a credential. */
const credentials: [string, SessionOptions, Options][] = [
  ["the session's bearer token", { auth: bearer(value) }, {}],
  ["the call's bearer token", {}, { auth: bearer(value) }],
  ["user and password", { auth: basic("u", value) }, {}],
  ["an API key under a name of its own", { auth: apiKey("X-Own-Name", value) }, {}],
  ["an auth of the caller's own", { auth: ownAuth("X-Signed-By-Me") }, {}],
  ["an Authorization header", {}, { headers: { AUTHORIZATION: `Bearer ${value}` } }],
  ["a Cookie header", { headers: { Cookie: `sid=${value}` } }, {}],
  ["a Proxy-Authorization header", { headers: { "Proxy-Authorization": `Basic ${value}` } }, {}],
  ["a Secret in any header", { headers: { "X-Whatever": literalSecret(value, "any") } }, {}],
  ["a header the session declares", { credentialHeaders: ["X-House"], headers: { "x-house": value } }, {}],
  ...["X-Api-Key", "X-Auth-Token", "Private-Token", "X-Vault-Token", "X-Amz-Security-Token"].map(
    (name): [string, SessionOptions, Options] => [name, { headers: { [name]: value } }, {}],
  ),
];

function ownAuth(name: string): Auth {
  return { scheme: "own", sign: (request) => request.setHeader(name, value) };
}

let there: RawServer;
beforeEach(async () => {
  there = await raw(({ head, socket }) => {
    const back = /^\S+ \/back\?(\S+)/.exec(head)?.[1];
    socket.write(back === undefined ? reply("200 OK", "there") : reply("302 Found", "", { location: decodeURIComponent(back) }));
  });
});

/** Redirects /go?TARGET there; everything else is answered. */
const origin = (): Promise<RawServer> =>
  raw(({ head, socket }) => {
    const target = /^\S+ \/go\?(\S+)/.exec(head)?.[1];
    socket.write(
      target === undefined ? reply("200 OK", "here") : reply("307 Temporary Redirect", "", { location: decodeURIComponent(target) }),
    );
  });
const go = (from: RawServer, to: string): string => `${from.url}/go?${encodeURIComponent(to)}`;

describe("a credential", () => {
  it.each(credentials)("does not go to another origin with a redirect, nor come back: %s", async (_name, sessionOptions, options) => {
    const here = await origin();
    const { session } = testSession(sessionOptions);
    await session.get(go(here, `${there.url}/`), options);
    await session.get(go(here, `${there.url}/back?${encodeURIComponent(`${here.url}/home`)}`), options);
    await (await session.get(go(here, `${there.url}/`), { ...options, stream: true })).text();
    const [first, , home] = here.heads;
    expect(first).toMatch(new RegExp(`${value}|${encoded}`));
    expect([there.heads.length, home?.startsWith("GET /go")]).toEqual([3, false]);
    for (const head of [...there.heads, ...here.heads.filter((each) => each.startsWith("GET /home"))]) {
      expect(head).not.toContain(value);
      expect(head).not.toContain(encoded);
    }
  });

  it("in the URL's userinfo stays with its origin, and another host name of the same machine is another origin", async () => {
    const here = await origin();
    const { session } = testSession();
    const withUser = go(here, `http://localhost:${here.port}/`).replace("//", `//u:${value}@`);
    await session.get(withUser);
    expect(here.heads.map((head) => headerIn(head, "authorization"))).toEqual([`Basic ${encoded}`, undefined]);
  });
});

describe("a body", () => {
  it.each(["POST", "PUT", "PATCH", "DELETE"])("of %s does not go to another origin", async (method) => {
    const here = await origin();
    const { session } = testSession();
    expect(await failureOf(session.request(method, go(here, `${there.url}/`), { json: { value } }))).toMatchObject({
      code: "ERR_REDIRECT_REFUSED",
    });
    expect([there.heads, here.heads.length]).toEqual([[], 1]);
  });

  it("goes again where the same origin redirects it, whole", async () => {
    const here = await origin();
    const { session } = testSession();
    const response = await session.post(go(here, "/stored"), { json: { value } });
    expect([response.text(), here.exchanges.map((exchange) => exchange.body())]).toEqual([
      "here",
      [1, 2].map(() => JSON.stringify({ value })),
    ]);
  });
});
