// The behaviours that reqwest tests (tests/redirect.rs, timeouts.rs, proxy.rs), black-box, under their upstream names.
import { describe, expect, it } from "vitest";
import { fakeServer } from "../../src/playground/index.ts";
import { TestAuthority } from "../certificates.ts";
import { headerIn, reply } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";
import { chunks, scripted } from "./scripted.ts";
import { tunnelProxy } from "./tunnel-proxy.ts";
import type { RequestError } from "../../src/errors/index.ts";

const peer = scripted();

describe("reqwest tests/redirect.rs, tests/timeouts.rs", () => {
  it("test_invalid_location_stops_redirect_gh484 (errand: an error, no crash)", async () => {
    const wire = await raw(
      ({ socket }) => void socket.write("HTTP/1.1 302 Found\r\nlocation: http://www.yikes{KABOOM}\r\ncontent-length: 0\r\n\r\n"),
    );
    expect(await failureOf(testSession({ retry: false }).session.get(wire.url))).toMatchObject({
      code: expect.stringMatching(/^ERR_(REDIRECT_REFUSED|DNS)$/),
      message: expect.stringContaining("yikes"),
    });
  });

  it.each([301, 302, 303])("test_redirect_301_302_303_empty_payload_headers: %i", async (status) => {
    peer.api.on("POST /start").redirect("/end", status);
    await testSession().session.post(`${peer.api.url}/start`, {
      body: "Hello",
      headers: { "content-type": "text/plain", "content-encoding": "identity" },
    });
    expect(["content-length", "content-type", "content-encoding", "transfer-encoding"].map((name) => peer.last()?.headers[name])).toEqual(
      Array(4).fill(undefined),
    );
  });

  it("test_redirect_307_does_not_try_if_reader_cannot_reset (errand: an error that says so)", async () => {
    peer.api.on("POST /start").redirect("/end", 307);
    expect(await failureOf(testSession().session.post(`${peer.api.url}/start`, { body: chunks("Hello") }))).toMatchObject({
      code: "ERR_REDIRECT_REFUSED",
    });
  });

  it("test_redirect_removes_sensitive_headers (errand sends no Referer)", async () => {
    const other = await fakeServer();
    try {
      other.on("*").reply();
      peer.api.on("GET /start").redirect(`${other.url}/end`);
      await testSession().session.get(`${peer.api.url}/start`, { headers: { Cookie: "foo=bar" } });
      expect([other.calls[0]?.headers.cookie, other.calls[0]?.headers.referer]).toEqual([undefined, undefined]);
    } finally {
      await other.close();
    }
  });

  it("read_timeout_allows_slow_response_body, response_timeout, timeout_closes_connection", async () => {
    peer.api.on("GET /slow").drip("12345678", { everyMs: 8 });
    const { session } = testSession({ retry: false });
    expect(await (await session.get(`${peer.api.url}/slow`, { stream: true, idleTimeout: "150ms" })).text()).toBe("12345678");
    const error = (await failureOf(session.get(`${peer.api.url}/slow`, { timeout: "25ms" }))) as RequestError;
    expect([error.code, error.request?.url]).toEqual(["ERR_TIMEOUT", `${peer.api.url}/slow`]);
  });
});

describe("reqwest tests/proxy.rs", () => {
  it("tunnel_includes_proxy_auth: the CONNECT has Proxy-Authorization, the request inside has not", async () => {
    const root = await TestAuthority.create("Peers Root");
    const identity = await root.issue({ name: "hyper.example", names: [{ type: "dns", value: "hyper.example" }] });
    const target = await raw(({ socket }) => void socket.write(reply("200 OK", "inside")), { tls: identity });
    const proxy = await tunnelProxy(target.port);
    const { session } = testSession({ tls: { ca: root.cert }, proxy: proxy.url.replace("//", "//Aladdin:open-sesame@") });
    expect(await session.get("https://hyper.example/prox").text()).toBe("inside");
    const expected = `Basic ${Buffer.from("Aladdin:open-sesame").toString("base64")}`;
    expect([proxy.heads, target.heads].map(([head]) => headerIn(head ?? "", "proxy-authorization"))).toEqual([expected, undefined]);
  });
});
