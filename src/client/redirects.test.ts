import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failureOf, raw, testSession } from "../../test/test-session.ts";
import { daysFromNow, TestAuthority } from "../../test/certificates.ts";
import { reply, type RawServer } from "../../test/raw-server.ts";
import { apiKey, basic, bearer } from "../auth/index.ts";
import type { RequestError, TooManyRedirectsError } from "../errors/index.ts";
import { fakeServer, type FakeCall, type FakeServer } from "../playground/index.ts";
import { literalSecret } from "../secrets/index.ts";

/** Two origins: the same host, two ports. */
let api: FakeServer;
let evil: FakeServer;
beforeEach(async () => {
  [api, evil] = await Promise.all([fakeServer(), fakeServer()]);
  for (const each of [api, evil]) each.on("* /end").reply({ text: "end" });
});
afterEach(() => Promise.all([api.close(), evil.close()]));

const credentials = {
  "X-Api-Key": "key-12345678",
  "X-Auth-Token": "token-12345678",
  "Private-Token": "private-12345678",
  "X-Vault-Token": "vault-12345678",
  "X-Acme-Token": "acme-12345678",
  "Proxy-Authorization": "Basic cHJveHk6cHJveHk=",
  Cookie: "session=12345678",
  "X-Plain": literalSecret("a-secret-value", "plain"),
};
const names = Object.keys(credentials).map((name) => name.toLowerCase());
const sent = (call: FakeCall | undefined): string[] => ["authorization", ...names].filter((name) => call?.headers[name] !== undefined);

describe("methods and bodies across redirects", () => {
  it.each([
    [301, "GET", "GET", false],
    [301, "POST", "GET", false],
    [301, "PUT", "PUT", true],
    [301, "HEAD", "HEAD", false],
    [302, "POST", "GET", false],
    [302, "PATCH", "PATCH", true],
    [302, "DELETE", "DELETE", false],
    [302, "PROPFIND", "PROPFIND", true],
    [303, "POST", "GET", false],
    [303, "PUT", "GET", false],
    [303, "QUERY", "GET", false],
    [303, "HEAD", "HEAD", false],
    [307, "POST", "POST", true],
    [307, "PUT", "PUT", true],
    [308, "POST", "POST", true],
    [308, "PATCH", "PATCH", true],
  ])("a %i turns %s into %s and keeps the body: %s", async (status, method, next, keepsBody) => {
    api.on("* /start").redirect("/end", status);
    const { session } = testSession();
    const hasBody = !["GET", "HEAD", "DELETE"].includes(method);
    const response = await session.request(method, `${api.url}/start`, hasBody ? { json: { a: 1 } } : {});
    const [, second] = api.calls;
    expect([response.status, second?.method, second?.text()]).toEqual([200, next, keepsBody ? '{"a":1}' : ""]);
    const contentHeaders = Object.keys(second?.headers ?? {}).filter((name) => name.startsWith("content-") || name === "transfer-encoding");
    expect(contentHeaders).toEqual(keepsBody ? ["content-type", "content-length"] : []);
  });

  it.each([300, 304, 305, 306, 399])("a %i is the response", async (status) => {
    api.on("GET /start").reply({ status, headers: { location: "/end" } });
    const { session } = testSession();
    expect((await session.get(`${api.url}/start`)).status).toBe(status);
  });

  it("returns a 3xx without Location, and every one with redirect: false", async () => {
    api.on("GET /bare").reply({ status: 302, text: "see yourself" });
    api.on("GET /start").redirect("/end");
    const { session } = testSession();
    expect((await session.get(`${api.url}/bare`)).text()).toBe("see yourself");
    const first = await session.get(`${api.url}/start`, { redirect: false });
    expect([first.status, first.header("location"), first.history]).toEqual([302, "/end", []]);
    const stream = await session.get(`${api.url}/start`, { redirect: false, stream: true });
    expect([stream.status, await stream.text()]).toEqual([302, ""]);
  });

  it("resends a replayable body and refuses a one-shot stream that has begun", async () => {
    api.on("POST /start").redirect("/end", 307);
    const { session } = testSession();
    await session.post(`${api.url}/start`, { body: new Blob(["again"]) });
    expect(api.calls.map((call) => call.text())).toEqual(["again", "again"]);
    async function* once(): AsyncGenerator<string> {
      yield "once";
    }
    const error = await failureOf(session.post(`${api.url}/start`, { body: once() }));
    expect(error).toMatchObject({ name: "RedirectRefusedError", code: "ERR_REDIRECT_REFUSED" });
    expect((error as Error).message).toMatch(/its body is a stream that was already sent/);
    expect(api.callsTo("POST /end")).toHaveLength(1);
  });

  it("keeps a body from another origin unless it is allowed to travel", async () => {
    api.on("POST /start").redirect(`${evil.url}/end`, 307);
    const { session } = testSession();
    expect(await failureOf(session.post(`${api.url}/start`, { json: { a: 1 } }))).toMatchObject({ code: "ERR_REDIRECT_REFUSED" });
    expect(evil.calls).toHaveLength(0);
    await session.post(`${api.url}/start`, { json: { a: 1 }, redirect: { crossOriginBody: true } });
    expect(evil.calls[0]?.text()).toBe('{"a":1}');
  });

  it("never sends a body that holds a Secret to another origin, allowed or not", async () => {
    api.on("POST /start").redirect(`${evil.url}/end`, 308);
    const { session } = testSession({ redirect: { crossOriginBody: true } });
    const error = await failureOf(session.post(`${api.url}/start`, { json: { token: literalSecret("a-secret-value", "t") } }));
    expect((error as Error).message).toMatch(/its body holds a Secret, which is not sent to another origin/);
    expect(api.calls[0]?.json()).toEqual({ token: "a-secret-value" });
    expect(evil.calls).toHaveLength(0);
  });

  it("follows whatever the redirect's body claims to be", async () => {
    const wire = await raw(({ index, socket }) =>
      socket.write(
        index % 2 === 0 ? reply("302 Found", "not gzip at all", { location: "/end", "content-encoding": "gzip" }) : reply("200 OK", "end"),
      ),
    );
    const { session } = testSession();
    expect((await session.get(wire.url)).text()).toBe("end");
    expect(await (await session.get(wire.url, { stream: true })).text()).toBe("end");
    expect(wire.accepted).toBe(1);
  });

  it("follows without waiting for the rest of a redirect's body", async () => {
    const wire = await raw(({ index, socket }) => {
      if (index === 0) socket.write("HTTP/1.1 302 Found\r\nlocation: /end\r\ncontent-length: 500000\r\n\r\nbegun");
      else socket.write(reply("200 OK", "end"));
    });
    const { session } = testSession();
    const response = await session.get(wire.url, { stream: true, timeout: "500ms" });
    expect([await response.text(), response.history.length]).toEqual(["end", 1]);
  });
});

describe("credentials across redirects", () => {
  it("stay on the same origin", async () => {
    api.on("GET /start").redirect("/end");
    const { session } = testSession({ headers: credentials, auth: bearer("bearer-12345678") });
    await session.get(`${api.url}/start`);
    expect(sent(api.calls[1])).toEqual(["authorization", ...names]);
  });

  it("are dropped for another origin, and stay dropped when a later hop returns", async () => {
    api.on("GET /start").redirect(`${evil.url}/bounce`);
    evil.on("GET /bounce").redirect(`${api.url}/end`);
    const { session } = testSession({ headers: { ...credentials, "X-Trace": "1" } });
    for (const auth of [bearer("bearer-12345678"), basic("user", "password-1"), apiKey("X-Special", "special-12345")]) {
      const response = await session.get(`${api.url}/start`, { auth });
      expect(response.history.map((each) => each.status)).toEqual([302, 302]);
    }
    await session.get(`${api.url}/start`, { headers: { Authorization: "Bearer by-hand-123" } });
    for (const call of [...evil.calls, ...api.callsTo("GET /end")]) {
      expect([sent(call), call.headers["x-special"], call.headers["x-trace"]]).toEqual([[], undefined, "1"]);
    }
    expect(evil.calls).toHaveLength(4);
    expect(api.callsTo("GET /start").map((call) => sent(call).length)).toEqual([9, 9, 8, 9]);
  });

  it("include the headers a session declares as such", async () => {
    api.on("GET /start").redirect(`${evil.url}/end`);
    const { session } = testSession({ credentialHeaders: ["X-House-Pass"], headers: { "x-house-pass": "1234" } });
    await session.get(`${api.url}/start`);
    expect([api.calls[0]?.headers["x-house-pass"], evil.calls[0]?.headers["x-house-pass"]]).toEqual(["1234", undefined]);
  });

  it("are not taken from the userinfo of a Location, which is not shown either", async () => {
    api.on("GET /start").redirect(evil.url.replace("//", "//user:stolen@") + "/end");
    const { session } = testSession();
    const response = await session.get(`${api.url}/start`);
    expect(evil.calls[0]?.headers.authorization).toBeUndefined();
    expect(response.url).toBe(`${evil.url}/end`);
  });

  it("do not come back in a retry after the hop", async () => {
    api.on("GET /start").redirect(`${evil.url}/flaky`);
    evil.on("GET /flaky").fail(503).reply({ text: "ok" });
    const { session } = testSession({ headers: credentials });
    expect((await session.get(`${api.url}/start`)).text()).toBe("ok");
    expect(evil.calls.map(sent)).toEqual([[], []]);
    expect(api.calls).toHaveLength(1);
  });

  it("keep a Host header only on the same origin", async () => {
    api.on("GET /start").redirect("/next");
    api.on("GET /next").redirect(`${evil.url}/end`);
    const { session } = testSession();
    await session.get(`${api.url}/start`, { headers: { Host: "virtual.example" } });
    expect(api.calls.map((call) => call.headers.host)).toEqual(["virtual.example", "virtual.example"]);
    expect(evil.calls[0]?.headers.host).toBe(`127.0.0.1:${evil.port}`);
  });
});

describe("limits of redirects", () => {
  it("follows 20 hops and lists them, each with the history before it", async () => {
    api
      .on("GET /hop/:n")
      .reply(({ params }) => ({ status: 302, headers: { location: params["n"] === "20" ? "/end" : `/hop/${Number(params["n"]) + 1}` } }));
    const { session } = testSession();
    const response = await session.get(`${api.url}/hop/1`);
    expect([response.status, response.history.length, response.history.every((each) => each.status === 302)]).toEqual([200, 20, true]);
    expect([response.attempts.length, api.connections, response.url]).toEqual([1, 1, `${api.url}/end`]);
  });

  it("stops at the 21st, at redirect.max, and at a loop, with the trail and without a retry", async () => {
    api.on("GET /hop/:n").reply(({ params }) => ({ status: 302, headers: { location: `/hop/${Number(params["n"]) + 1}` } }));
    api.on("GET /a").redirect("/b");
    api.on("GET /b").redirect("/a#fragment");
    const { session } = testSession();
    const long = (await failureOf(session.get(`${api.url}/hop/1`))) as TooManyRedirectsError;
    expect([long.code, long.trail.length, long.attempts.length]).toEqual(["ERR_TOO_MANY_REDIRECTS", 21, 1]);
    const short = (await failureOf(session.get(`${api.url}/hop/1`, { redirect: { max: 2 } }))) as TooManyRedirectsError;
    expect(short.trail.map((each) => each.url)).toEqual([`${api.url}/hop/1`, `${api.url}/hop/2`, `${api.url}/hop/3`]);
    const loop = (await failureOf(session.get(`${api.url}/a`))) as TooManyRedirectsError;
    expect([loop.trail.length, loop.message]).toEqual([2, expect.stringMatching(/leads back to a request that was already made/)]);
  });

  it.each(["file:///etc/passwd", "ftp://x/", "javascript:alert(1)", "data:text/plain,x", "unix:/s.sock", "market://x"])(
    "does not follow %s",
    async (location) => {
      api.on("GET /start").redirect(location);
      const { session } = testSession();
      expect(await failureOf(session.get(`${api.url}/start`))).toMatchObject({ code: "ERR_REDIRECT_REFUSED" });
    },
  );

  it("are taken from an answer whose body is cut: a POST that was answered with a 303 does not fail", async () => {
    const wire = await raw(({ socket, index }) => {
      if (index === 0) socket.end("HTTP/1.1 303 See Other\r\nlocation: /done\r\ncontent-length: 100\r\n\r\ncut");
      else socket.write(reply("200 OK", "done"));
    });
    const response = await testSession().session.post(wire.url, { body: "pay" });
    expect([response.text(), response.attempts.length, wire.heads.length]).toEqual(["done", 1, 2]);
    const shown = await failureOf(testSession({ redirect: false, retry: false }).session.get((await cut303()).url));
    expect(shown).toMatchObject({ code: "ERR_BODY_TRUNCATED" });
  });

  it("are refused when there are two that differ, and followed when they are the same", async () => {
    const twice = (second: string): Promise<RawServer> =>
      raw(({ socket, index }) => {
        const head = `HTTP/1.1 302 Found\r\nlocation: /a\r\nlocation: ${second}\r\ncontent-length: 0\r\n\r\n`;
        socket.write(index === 0 ? head : reply("200 OK", "followed"));
      });
    expect(
      await testSession()
        .session.get((await twice("/a")).url)
        .text(),
    ).toBe("followed");
    expect(await failureOf(testSession().session.get((await twice("/b")).url))).toMatchObject({
      code: "ERR_REDIRECT_REFUSED",
      message: expect.stringContaining("more than one Location"),
    });
  });

  it.each(["http://", "http://:1", "http://[::1", "https://:443/"])("gives an error and no crash for the Location %s", async (location) => {
    api.on("GET /start").redirect(location);
    const { session } = testSession({ retry: false });
    const error = (await failureOf(session.get(`${api.url}/start`))) as RequestError;
    expect(["ERR_REDIRECT_REFUSED", "ERR_CONNECTION_REFUSED", "ERR_CONNECTION"]).toContain(error.code);
  });

  it("reads a Location with raw UTF-8, a space, an upper-case scheme or without a scheme", async () => {
    const wire = await raw(({ index, socket, head }) => {
      const location = ["/ünïcode", "/with space", `HTTP://127.0.0.1:${wire.port}/upper`, `//127.0.0.1:${wire.port}/slashes`][index / 2];
      if (index % 2 === 0) socket.write(Buffer.from(`HTTP/1.1 302 Found\r\nlocation: ${location}\r\ncontent-length: 0\r\n\r\n`, "utf8"));
      else socket.write(reply("200 OK", head.split(" ")[1]));
    });
    const { session } = testSession();
    const targets: string[] = [];
    for (let i = 0; i < 4; i += 1) targets.push((await session.get(wire.url)).text());
    expect(targets).toEqual(["/%C3%BCn%C3%AFcode", "/with%20space", "/upper", "/slashes"]);
  });

  it("keeps the fragment in the final URL and off the wire", async () => {
    api.on("GET /start").redirect("/middle");
    api.on("GET /middle").redirect("/end#new");
    const { session } = testSession();
    expect((await session.get(`${api.url}/start#old`)).url).toBe(`${api.url}/end#new`);
    api.on("GET /start").redirect("/end");
    expect((await session.get(`${api.url}/start#old`)).url).toBe(`${api.url}/end#old`);
    expect(api.calls.map((call) => call.target).filter((target) => target.includes("#"))).toEqual([]);
  });

  it("waits as long as a redirect's Retry-After says, and refuses to wait beyond maxRetryAfter", async () => {
    api.on("GET /start").reply({ status: 303, headers: { location: "/end", "retry-after": "2" } });
    const { session, waits } = testSession({ timeout: "100ms" });
    expect((await session.get(`${api.url}/start`)).status).toBe(200);
    expect(waits).toEqual([2000]);
    const error = (await failureOf(session.get(`${api.url}/start`, { retry: { maxRetryAfter: "1s" } }))) as RequestError;
    expect([error.code, error.message]).toEqual([
      "ERR_REDIRECT_REFUSED",
      expect.stringMatching(/asks to wait 2 s before following it, longer than 1 s/),
    ]);
    expect(await failureOf(session.get(`${api.url}/start`, { deadline: "1s" }))).toMatchObject({ code: "ERR_REDIRECT_REFUSED" });
  });
});

describe("redirects between http and https", () => {
  it("refuses https to http unless allowed, and then goes without credentials", async () => {
    const authority = await TestAuthority.create("Test Root");
    const secure = await fakeServer({ tls: await authority.issue({ name: "localhost", notAfter: daysFromNow(5) }) });
    try {
      secure.on("GET /start").redirect(`${api.url}/end`);
      const { session } = testSession({ tls: { ca: authority.cert }, auth: basic("user", "password-1") });
      const error = await failureOf(session.get(`${secure.url}/start`));
      expect((error as Error).message).toMatch(/it leads from https to http:\/\/127\.0\.0\.1/);
      expect(api.calls).toHaveLength(0);
      expect((await session.get(`${secure.url}/start`, { redirect: { allowDowngrade: true } })).text()).toBe("end");
      expect(api.calls[0]?.headers.authorization).toBeUndefined();
      api.on("GET /up").redirect(`${secure.url}/end`);
      secure.on("GET /end").reply({ text: "secure end" });
      expect((await session.get(`${api.url}/up`)).text()).toBe("secure end");
      expect(secure.callsTo("GET /end")[0]?.headers.authorization).toBeUndefined();
    } finally {
      await secure.close();
    }
  });
});

function cut303(): Promise<RawServer> {
  return raw(({ socket }) => void socket.end("HTTP/1.1 303 See Other\r\nlocation: /done\r\ncontent-length: 100\r\n\r\ncut"));
}
