import { describe, expect, it } from "vitest";
import { raw, server, testSession } from "../../test/test-session.ts";
import type { Session, SessionOptions } from "../client/index.ts";
import { CookieJar } from "./cookie-jar.ts";
import { mergeCookies } from "./merge-cookies.ts";
import { responseCookies } from "./response-cookies.ts";

/** A session whose every exchange asks the jar and tells it, as middleware sees exchanges: one by one, redirects included. */
function sessionWith(jar: CookieJar, options: SessionOptions = {}): Session {
  return testSession(options).session.use(async (request, next) => {
    request.setHeaders({ cookie: mergeCookies(request.header("cookie"), jar.header(request.url)) });
    const response = await next(request);
    jar.store(
      request.url,
      response.rawHeaders.filter(([name]) => name.toLowerCase() === "set-cookie").map(([, value]) => value),
    );
    return response;
  });
}

describe("a jar in a session", () => {
  it("stores what redirects set and sends it on the next hop, and nowhere else", async () => {
    const [api, other] = [await server(), await server()];
    api.on("GET /login").reply({ status: 302, headers: { location: "/home", "set-cookie": ["sid=1; Path=/", "admin=2; Path=/admin"] } });
    api.on("GET /home").reply({ status: 302, headers: { location: `${other.url}/stats`, "set-cookie": "theme=dark" } });
    other.on("GET /stats").reply({ status: 302, headers: { location: `${api.url}/end`, "set-cookie": "sid=evil" } });
    api.on("GET /end").reply();
    const jar = new CookieJar();
    await sessionWith(jar).get(`${api.url}/login`);
    expect(api.calls.map((call) => call.headers.cookie)).toEqual([undefined, "sid=1", "sid=1; theme=dark"]);
    expect(other.calls.map((call) => call.headers.cookie)).toEqual([undefined]);
  });

  it("sends a call's own cookie in place of the jar's, and does not keep it", async () => {
    const api = await server();
    api.on("GET /set").reply({ headers: { "set-cookie": ["foo=bar", "sid=1"] } });
    api.on("GET /get").reply();
    const jar = new CookieJar();
    const session = sessionWith(jar);
    await session.get(`${api.url}/set`);
    await session.get(`${api.url}/get`, { headers: { cookie: "foo=baz; own=1" } });
    await session.get(`${api.url}/get`);
    expect(api.calls.map((call) => call.headers.cookie)).toEqual([undefined, "foo=baz; own=1; sid=1", "foo=bar; sid=1"]);
    expect(jar.get("own")).toBeUndefined();
  });

  it("stores what a 401 and a failed attempt set, and forgets what is deleted", async () => {
    const api = await server();
    api
      .on("GET /x")
      .reply({ status: 503, headers: { "set-cookie": "node=7" } })
      .reply({ status: 401, headers: { "set-cookie": "nonce=1" } });
    api.on("GET /logout").reply({ headers: { "set-cookie": ["node=; Max-Age=0", "nonce=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT"] } });
    const jar = new CookieJar();
    const session = sessionWith(jar, { baseUrl: api.url });
    const response = await session.get("/x");
    expect({ ...responseCookies(response.headers.getSetCookie()) }).toEqual({ nonce: "1" });
    expect(api.calls[1]?.headers.cookie).toBe("node=7");
    await session.get("/logout");
    expect([api.calls[2]?.headers.cookie, jar.size]).toEqual(["node=7; nonce=1", 0]);
  });

  it("gives back raw bytes, quotes and percent signs as they came", async () => {
    const given = ['a="bar:baz"', "b=%0d%0aX: y", "c=voil\u00c3\u00a0"];
    const head = given.map((line) => `set-cookie: ${line}\r\n`).join("");
    const api = await raw(({ socket }) => socket.write(Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: 0\r\n${head}\r\n`, "latin1")));
    const session = sessionWith(new CookieJar(), { baseUrl: api.url });
    await session.get("/x");
    await session.get("/x");
    expect(api.heads[1]).toContain(`cookie: ${given.join("; ")}\r\n`);
  });
});
