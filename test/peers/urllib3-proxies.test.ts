// The behaviours that urllib3 tests (with_dummyserver/test_proxy_poolmanager.py, test_socketlevel.py: proxies), black-box, under their
// upstream names. Where errand decides otherwise on purpose the title says so.
import { beforeAll, describe, expect, it } from "vitest";
import type { SessionOptions } from "../../src/client/index.ts";
import type { RequestError } from "../../src/errors/index.ts";
import { TestAuthority, type Identity } from "../certificates.ts";
import { headerIn, reply, type RawServer } from "../raw-server.ts";
import { failureOf, raw, testSession, type TestSession } from "../test-session.ts";
import { targetOf, tunnelProxy } from "./tunnel-proxy.ts";

let root: TestAuthority;
let identity: Identity;
beforeAll(async () => {
  root = await TestAuthority.create("Peers Root");
  const names = ["h.example", "other.example", "localhost"].map((value) => ({ type: "dns" as const, value }));
  identity = await root.issue({ name: "h.example", names });
});

const secure = (headers: Record<string, string> = {}): Promise<RawServer> =>
  raw(({ socket }) => void socket.write(reply("200 OK", "secure", headers)), { tls: identity });
const through = (proxy: { readonly url: string }, options: SessionOptions = {}): TestSession =>
  testSession({ proxy: proxy.url, tls: { ca: root.cert }, ...options });

describe("with_dummyserver/test_proxy_poolmanager.py", () => {
  it("test_cross_host_redirect_remove_headers_via_proxy_manager: a proxy in between changes nothing", async () => {
    const proxy = await tunnelProxy(0, {
      forward: ({ socket, index }) =>
        void socket.write(index === 0 ? reply("302 Found", "", { location: "http://other.example/" }) : reply("200 OK")),
    });
    const headers = { Authorization: "foo-12345678", Cookie: "a=b", "X-API-Secret": "foo", "X-Other": "kept" };
    await through(proxy, { credentialHeaders: ["X-API-Secret"] }).session.get("http://h.example/", { headers });
    const sent = proxy.heads.map((head) => Object.keys(headers).filter((name) => headerIn(head, name) !== undefined));
    expect(sent).toEqual([Object.keys(headers), ["X-Other"]]);
  });

  it("test_cross_protocol_redirect: from http to https with a CONNECT", async () => {
    const target = await secure();
    const proxy = await tunnelProxy(target.port, {
      forward: ({ socket }) => void socket.write(reply("302 Found", "", { location: "https://h.example/b" })),
    });
    expect(await through(proxy).session.get("http://h.example/a").text()).toBe("secure");
    expect(proxy.heads.map((head) => head.split("\r\n")[0])).toEqual(["GET http://h.example/a HTTP/1.1", "CONNECT h.example:443 HTTP/1.1"]);
  });

  it("test_headers: the proxy's go with a forwarded request or a CONNECT, never into the tunnel", async () => {
    const target = await secure();
    const proxy = await tunnelProxy(target.port);
    const { session } = testSession({
      tls: { ca: root.cert },
      headers: { Foo: "bar" },
      proxy: { url: proxy.url, headers: { Hickory: "dickory" } },
    });
    await session.get("http://h.example/");
    await session.get("https://h.example/");
    expect(proxy.heads.map((head) => [headerIn(head, "hickory"), headerIn(head, "foo")])).toEqual([
      ["dickory", "bar"],
      ["dickory", undefined],
    ]);
    expect([headerIn(target.heads[0] ?? "", "hickory"), headerIn(target.heads[0] ?? "", "foo")]).toEqual([undefined, "bar"]);
  });

  it("test_proxy_pooling: all http targets share a connection to the proxy, each https host has its own", async () => {
    const target = await secure();
    const proxy = await tunnelProxy(target.port);
    const { session } = through(proxy);
    for (let round = 0; round < 2; round += 1) for (const host of ["h.example", "other.example"]) await session.get(`http://${host}/`);
    expect(proxy.accepted).toBe(1);
    for (let round = 0; round < 2; round += 1) for (const host of ["h.example", "other.example"]) await session.get(`https://${host}/`);
    expect([proxy.accepted, proxy.heads.filter((head) => head.startsWith("CONNECT")).map(targetOf)]).toEqual([
      3,
      ["h.example:443", "other.example:443"],
    ]);
  });

  it("test_tunneling_proxy_connect_timeout (errand: a TimeoutError that names the proxy)", async () => {
    const silent = await raw(() => undefined);
    const error = (await failureOf(
      through(silent, { retry: false, connectTimeout: "40ms" }).session.get("https://h.example/"),
    )) as RequestError;
    expect([error.name, error.message]).toEqual([
      "TimeoutError",
      expect.stringContaining(`through the proxy http://127.0.0.1:${silent.port}`),
    ]);
  });

  it("test_tunneling_proxy_request_timeout: a target that is silent behind the tunnel", async () => {
    const target = await raw(() => undefined, { tls: identity });
    const proxy = await tunnelProxy(target.port);
    const { session } = through(proxy, { retry: false, timeout: "150ms" });
    expect(await failureOf(session.get("https://h.example/"))).toMatchObject({ name: "TimeoutError", phase: "wait" });
    expect(target.heads).toHaveLength(1);
  });
});

describe("with_dummyserver/test_socketlevel.py: proxies", () => {
  it("test_connect_reconn: after Connection: close the next request makes a CONNECT of its own", async () => {
    const target = await raw(({ socket }) => void socket.end(reply("200 OK", "x", { connection: "close" })), { tls: identity });
    const proxy = await tunnelProxy(target.port);
    const { session } = through(proxy, { retry: false });
    for (let round = 0; round < 2; round += 1) expect(await session.get("https://h.example/").text()).toBe("x");
    expect(proxy.heads.map(targetOf)).toEqual(["h.example:443", "h.example:443"]);
  });

  it("test_early_eof_doesnt_cause_infinite_loop: an answer to CONNECT that ends after its first line is an error", async () => {
    const proxy = await raw(({ socket }) => void socket.end("HTTP/1.1 200 OK\r\n"));
    const error = await failureOf(through(proxy, { retry: false }).session.get("https://h.example/"));
    expect(error).toMatchObject({ name: "ProxyError", code: "ERR_PROXY" });
  });

  it("test_https_proxymanager_connected_to_http_proxy: the error says that the proxy speaks plain HTTP", async () => {
    const plain = await raw(() => undefined, {
      onConnection: (socket) => void socket.once("data", () => socket.end("HTTP/1.1 501 Not Implemented\r\n\r\n")),
    });
    const error = (await failureOf(
      testSession({ proxy: `https://127.0.0.1:${plain.port}` }).session.get("https://h.example/"),
    )) as RequestError;
    expect([error.name, error.attempts.length]).toEqual(["ProxyError", 1]);
    expect(`${error.message} ${error.hint}`).toContain("http://");
  });

  it("test_proxy_status_not_ok: the error has the status and reason of the CONNECT", async () => {
    const proxy = await raw(({ socket }) => void socket.end("HTTP/1.1 501 Not Implemented\r\nconnection: close\r\n\r\n"));
    expect(await failureOf(through(proxy, { retry: false }).session.get("https://h.example/"))).toMatchObject({
      name: "ProxyError",
      message: expect.stringContaining("Tunnel connection failed: 501 Not Implemented"),
    });
  });

  it("test_retries: a proxy that closes the first connection is asked again; with retries off it is an error", async () => {
    let closings = 1;
    const proxy = await raw(({ socket, head }) => {
      if (closings > 0) {
        closings -= 1;
        socket.destroy();
      } else socket.write(reply("200 OK", `forwarded ${targetOf(head)}`));
    });
    expect(await through(proxy).session.get("http://h.example/").text()).toBe("forwarded http://h.example/");
    closings = 1;
    const error = await failureOf(through(proxy, { retry: false }).session.get("https://h.example/"));
    expect(error).toMatchObject({ name: "ProxyError", code: "ERR_PROXY" });
  });

  it("test_simple: the absolute form, without the fragment, and the target's Host", async () => {
    const proxy = await tunnelProxy(0);
    await through(proxy).session.get("http://google.com/path?x=1#fragment");
    expect([proxy.heads[0]?.split("\r\n")[0], headerIn(proxy.heads[0] ?? "", "host")]).toEqual([
      "GET http://google.com/path?x=1 HTTP/1.1",
      "google.com",
    ]);
  });
});
