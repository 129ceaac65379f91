import { connect } from "node:net";
import { inspect } from "node:util";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { TestAuthority, type Identity } from "../../test/certificates.ts";
import { closedPort, headerIn, reply, type RawServer } from "../../test/raw-server.ts";
import { failureOf, raw, server, testSession } from "../../test/test-session.ts";
import { bearer } from "../auth/index.ts";

let root: TestAuthority;
let identity: Identity;
beforeAll(async () => {
  root = await TestAuthority.create("Errand Test Root");
  identity = await root.issue({
    name: "h.example",
    names: [
      { type: "dns", value: "h.example" },
      { type: "dns", value: "localhost" },
    ],
  });
});

const names = [
  "http_proxy",
  "https_proxy",
  "all_proxy",
  "no_proxy",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "NO_PROXY",
  "REQUEST_METHOD",
];
let before: Record<string, string | undefined> = {};
beforeEach(() => {
  before = Object.fromEntries(names.map((name) => [name, process.env[name]]));
  for (const name of names) delete process.env[name];
});
afterEach(() => {
  for (const [name, value] of Object.entries(before))
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
});

/** A proxy: CONNECT leads to the port, other requests are answered with what was asked for. */
const proxyTo = (port: number, tls?: Identity): Promise<RawServer> =>
  raw(
    ({ head, socket }) => {
      if (!head.startsWith("CONNECT ")) {
        socket.write(reply("200 OK", `forwarded ${head.split(" ")[1]}`));
        return;
      }
      socket.removeAllListeners("data");
      const upstream = connect(port, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        upstream.pipe(socket).pipe(upstream);
      });
      upstream.on("error", () => socket.destroy());
    },
    tls === undefined ? {} : { tls },
  );
const secure = (): Promise<RawServer> => raw(({ socket }) => void socket.write(reply("200 OK", "secret place")), { tls: identity });

describe("proxies of the client", () => {
  it("https goes through a tunnel, and the target sees neither the proxy's credentials nor its headers", async () => {
    const target = await secure();
    const proxy = await proxyTo(target.port);
    const { session } = testSession({
      tls: { ca: root.cert },
      proxy: { url: `http://user:pass-word@127.0.0.1:${proxy.port}`, headers: { "X-Team": "ops" } },
      auth: bearer("target-token-1"),
    });
    expect(await session.get("https://h.example/a").text()).toBe("secret place");
    expect(await session.get("https://h.example/b").text()).toBe("secret place");
    expect(proxy.heads).toEqual([
      `CONNECT h.example:443 HTTP/1.1\r\nHost: h.example:443\r\nX-Team: ops\r\nProxy-Authorization: Basic ${Buffer.from("user:pass-word").toString("base64")}\r\n`,
    ]);
    expect(target.heads).toHaveLength(2);
    expect(target.heads.join()).not.toMatch(/proxy-|x-team/i);
    expect(headerIn(target.heads[0] ?? "", "authorization")).toBe("Bearer target-token-1");
  });

  it("http is forwarded in absolute form, over connections that all origins share", async () => {
    const proxy = await proxyTo(0);
    const { session } = testSession({ proxy: `http://user:pass-word@127.0.0.1:${proxy.port}` });
    expect(await session.get("http://a.example/x?y=1#part").text()).toBe("forwarded http://a.example/x?y=1");
    expect(await session.get("http://b.example:8080/").text()).toBe("forwarded http://b.example:8080/");
    expect(proxy.accepted).toBe(1);
    expect(proxy.heads.map((head) => headerIn(head, "host"))).toEqual(["a.example", "b.example:8080"]);
    expect(proxy.heads.map((head) => headerIn(head, "proxy-authorization"))).toEqual(
      [1, 2].map(() => `Basic ${Buffer.from("user:pass-word").toString("base64")}`),
    );
    expect(proxy.heads[0]?.match(/^host:/gim)).toHaveLength(1);
  });

  it.each(["http", "https"])("an https proxy carries %s", async (scheme) => {
    const target = await secure();
    const proxy = await proxyTo(target.port, identity);
    const { session } = testSession({ tls: { ca: root.cert }, proxy: `https://localhost:${proxy.port}` });
    expect(await session.get(`${scheme}://h.example/`).text()).toBe(scheme === "http" ? "forwarded http://h.example/" : "secret place");
  });

  it("a stream goes through the tunnel, and a POST body", async () => {
    const target = await raw((exchange) => void setTimeout(() => exchange.socket.write(reply("200 OK", exchange.body())), 5), {
      tls: identity,
    });
    const proxy = await proxyTo(target.port);
    const { session } = testSession({ tls: { ca: root.cert }, proxy: `http://127.0.0.1:${proxy.port}` });
    expect(await (await session.post("https://h.example/", { body: "sent through", stream: true })).text()).toBe("sent through");
  });

  it("variables of the environment count, but not for loopback, and proxy: false beats them", async () => {
    const api = await server();
    api.on("*").reply({ text: "direct" });
    const proxy = await proxyTo(0);
    process.env["HTTP_PROXY"] = `http://127.0.0.1:${proxy.port}`;
    const { session } = testSession();
    expect(await session.get("http://a.example/").text()).toBe("forwarded http://a.example/");
    expect(await session.get(`http://localhost:${api.port}/`).text()).toBe("direct");
    const { session: direct } = testSession(
      { proxy: false, retry: false },
      { lookup: (_host, _options, done) => done(null, [{ address: "127.0.0.1", family: 4 }]) },
    );
    expect(await direct.get(`http://a.example:${api.port}/`).text()).toBe("direct");
  });

  it("a wrong variable is an error that names it, and only for those it is about", async () => {
    process.env["HTTPS_PROXY"] = "ftp://user:pass-word-x@p:1";
    const { session } = testSession();
    const error = await failureOf(session.get("https://a.example/"));
    expect(error).toMatchObject({
      name: "InvalidRequestError",
      code: "ERR_CONFIG",
      message: expect.stringContaining('HTTPS_PROXY "ftp://***@p:1"'),
    });
    expect((error as { attempts: unknown[] }).attempts).toHaveLength(1);
    expect(() => testSession({ proxy: "http:/bad:3128" })).toThrow("proxy");
  });

  it("redirects choose their proxy anew: http to https makes a CONNECT", async () => {
    const target = await secure();
    const proxy = await raw(({ head, socket }) => {
      if (!head.startsWith("CONNECT")) {
        socket.write(reply("302 Found", "", { location: "https://h.example/b" }));
        return;
      }
      socket.removeAllListeners("data");
      const upstream = connect(target.port, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        upstream.pipe(socket).pipe(upstream);
      });
    });
    const { session } = testSession({ tls: { ca: root.cert }, proxy: `http://127.0.0.1:${proxy.port}` });
    expect(await session.get("http://h.example/a").text()).toBe("secret place");
    expect(proxy.heads.map((head) => head.split("\r\n")[0])).toEqual(["GET http://h.example/a HTTP/1.1", "CONNECT h.example:443 HTTP/1.1"]);
  });

  it("a refused CONNECT is a ProxyError; POST is repeated, for the target saw nothing", async () => {
    const proxy = await raw(({ socket }) => void socket.end("HTTP/1.1 503 Service Unavailable\r\n\r\n"));
    const { session } = testSession({ proxy: `http://user:pass-word-x@127.0.0.1:${proxy.port}` });
    const error = await failureOf(session.post("https://h.example/", { json: {} }));
    expect(error).toMatchObject({
      name: "ProxyError",
      message: expect.stringContaining("Tunnel connection failed: 503 Service Unavailable"),
    });
    expect(proxy.heads).toHaveLength(3);
    expect(inspect(error, { depth: 9 })).not.toContain("pass-word-x");
  });

  it("a wrong password is not tried again", async () => {
    const proxy = await raw(({ socket }) => void socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"));
    const { session } = testSession({ proxy: `http://user:pass-word-x@127.0.0.1:${proxy.port}` });
    expect(await failureOf(session.get("https://h.example/"))).toMatchObject({ name: "ProxyError" });
    expect(proxy.heads).toHaveLength(1);
  });

  it("a proxy that is not there is a ProxyError; one that hangs a TimeoutError that names it", async () => {
    const { session } = testSession({ retry: false, proxy: `http://127.0.0.1:${await closedPort()}` });
    expect(await failureOf(session.get("https://h.example/"))).toMatchObject({ name: "ProxyError" });
    expect(await failureOf(session.get("http://h.example/"))).toMatchObject({ name: "ProxyError" });
    const silent = await raw(() => undefined);
    const { session: hanging } = testSession({ retry: false, connectTimeout: 40, proxy: `http://127.0.0.1:${silent.port}` });
    expect(await failureOf(hanging.get("https://h.example/"))).toMatchObject({
      name: "TimeoutError",
      message: expect.stringContaining(`connecting through the proxy http://127.0.0.1:${silent.port}`),
    });
  });

  it("after a response with Connection: close the next request makes a CONNECT of its own", async () => {
    const target = await raw(({ socket }) => void socket.end(reply("200 OK", "x", { connection: "close" })), { tls: identity });
    const proxy = await proxyTo(target.port);
    const { session } = testSession({ tls: { ca: root.cert }, proxy: `http://127.0.0.1:${proxy.port}` });
    await session.get("https://h.example/").text();
    await session.get("https://h.example/").text();
    expect(proxy.heads).toHaveLength(2);
  });

  it('addresses: "public": plain http goes through a tunnel to the checked address', async () => {
    const api = await server();
    api.on("*").reply({ text: "public place" });
    const proxy = await proxyTo(api.port);
    const { session } = testSession(
      { proxy: `http://127.0.0.1:${proxy.port}`, addresses: "public", retry: false },
      { lookup: (host, _options, done) => done(null, [{ address: host === "in.example" ? "10.0.0.1" : "8.8.8.8", family: 4 }]) },
    );
    expect(await session.get("http://h.example/").text()).toBe("public place");
    expect(proxy.heads[0]).toMatch(/^CONNECT 8\.8\.8\.8:80 /);
    expect(await failureOf(session.get("http://in.example/"))).toMatchObject({ code: "ERR_ADDRESS_REFUSED" });
    expect(proxy.heads).toHaveLength(1);
  });
});
