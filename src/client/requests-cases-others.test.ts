// The behaviours that okhttp, reqwest, go-retryablehttp and botocore test, black-box, under their upstream names. Where errand decides
// otherwise on purpose the title says so.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { reply } from "../../test/raw-server.ts";
import { failureOf, raw, testSession } from "../../test/test-session.ts";
import { selfSigned, TestAuthority } from "../../test/certificates.ts";
import type { RequestError } from "../errors/index.ts";
import { fakeServer, type FakeServer } from "../playground/index.ts";

let api: FakeServer;
beforeEach(async () => {
  api = await fakeServer();
  api.on("*").reply({ text: "ok" });
});
afterEach(() => api.close());

async function* chunks(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}
const last = () => api.calls.at(-1);

describe("okhttp CallTest, ConnectionReuseTest, URLConnectionTest", () => {
  it("doesNotFollow21Redirects", async () => {
    api.on("GET /:n").reply(({ params }) => ({ status: 302, headers: { location: `/${Number(params["n"]) + 1}` } }));
    expect(await failureOf(testSession().session.get(`${api.url}/0`))).toMatchObject({ code: "ERR_TOO_MANY_REDIRECTS" });
    expect(api.calls).toHaveLength(21);
  });

  it("expect100ContinueNonEmptyRequestBody: a 100 before the answer is skipped", async () => {
    const wire = await raw(
      ({ socket }) => void socket.write(Buffer.concat([Buffer.from("HTTP/1.1 100 Continue\r\n\r\n"), reply("200 OK", "done")])),
    );
    expect((await testSession().session.post(wire.url, { body: "abc" })).text()).toBe("done");
  });

  it("maxClientRequestTimeoutRetries: the last 408 is returned", async () => {
    api.on("GET /").fail(408);
    const response = await testSession({ retry: { attempts: 2 } }).session.get(api.url);
    expect([response.status, api.calls.length, api.connections]).toEqual([408, 2, 2]);
  });

  it("propfindRedirectsToPropfindAndMaintainsRequestBody, queryRedirectsToGetAndDropsRequestBodyOnSeeOther", async () => {
    api.on("PROPFIND /302").redirect("/end", 302);
    api.on("QUERY /303").redirect("/end", 303);
    const { session } = testSession();
    await session.request("PROPFIND", `${api.url}/302`, { body: "Request Body" });
    expect([last()?.method, last()?.text()]).toEqual(["PROPFIND", "Request Body"]);
    await session.request("QUERY", `${api.url}/303`, { body: "Request Body" });
    expect([last()?.method, last()?.text()]).toEqual(["GET", ""]);
  });

  it("recoverWhenRetryOnConnectionFailureIsTrue, silentRetryWhenIdempotentRequestFailsOnReusedConnection", async () => {
    const wire = await raw(({ socket, index }) =>
      index === 1 ? void socket.destroy() : void socket.write(reply("200 OK", String(index))),
    );
    const { session } = testSession({ retry: false });
    expect((await session.get(wire.url)).text()).toBe("0");
    const healed = await session.get(wire.url);
    expect([healed.text(), healed.attempts.length]).toEqual(["2", 1]);
  });

  it("retryOnUnavailableWith0RetryAfter", async () => {
    api.on("GET /").fail(503, { retryAfter: 0 }).reply({ text: "back" });
    expect((await testSession().session.get(api.url)).text()).toBe("back");
  });

  it("tlsTimeoutsNotRetried (errand repeats them: nothing was processed)", async () => {
    const silent = await raw(() => undefined);
    const error = (await failureOf(
      testSession({ connectTimeout: "15ms", retry: { attempts: 2 } }).session.get(`https://127.0.0.1:${silent.port}/`),
    )) as RequestError;
    expect([error.code, error.attempts.length]).toEqual(["ERR_TIMEOUT", 2]);
  });

  it("connectionsAreNotReusedWithResponseConnectionClose, connectionsAreNotReusedWithUnknownLengthResponseBody", async () => {
    const wire = await raw(({ socket, index }) =>
      index === 0 ? void socket.write(reply("200 OK", "a", { connection: "close" })) : void socket.end("HTTP/1.1 200 OK\r\n\r\nb"),
    );
    const { session } = testSession({ retry: false });
    expect([(await session.get(wire.url)).text(), (await session.get(wire.url)).text(), (await session.get(wire.url)).text()]).toEqual([
      "a",
      "b",
      "b",
    ]);
    expect(wire.accepted).toBe(3);
  });

  it("connectionsNotReusedWithRedirectIfDiscardingResponseIsSlow", async () => {
    const wire = await raw(({ socket, index }) =>
      index === 0
        ? void socket.write("HTTP/1.1 301 Moved\r\nlocation: /b\r\ncontent-length: 4\r\n\r\n")
        : void socket.write(reply("200 OK", "done")),
    );
    const startedAt = performance.now();
    const response = await testSession().session.get(wire.url, { stream: true });
    expect([await response.text(), wire.accepted, performance.now() - startedAt < 800]).toEqual(["done", 2, true]);
  });

  it("reusedConnectionFailsWithPost: after an idle close a POST goes out on a new connection", async () => {
    const wire = await raw((exchange) => {
      setTimeout(() => {
        exchange.socket.write(reply("200 OK", exchange.body()));
        exchange.socket.end();
      }, 3);
    });
    const { session } = testSession({ retry: false });
    await session.post(wire.url, { body: "a" });
    await new Promise((resolve) => setTimeout(resolve, 15));
    expect((await session.post(wire.url, { body: "b".repeat(10) })).text()).toBe("b".repeat(10));
    await new Promise((resolve) => setTimeout(resolve, 15));
    expect((await session.post(wire.url, { body: chunks("c") })).status).toBe(200);
  });
});

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
    api.on("POST /start").redirect("/end", status);
    await testSession().session.post(`${api.url}/start`, {
      body: "Hello",
      headers: { "content-type": "text/plain", "content-encoding": "identity" },
    });
    expect(["content-length", "content-type", "content-encoding", "transfer-encoding"].map((name) => last()?.headers[name])).toEqual(
      Array(4).fill(undefined),
    );
  });

  it("test_redirect_307_does_not_try_if_reader_cannot_reset (errand: an error that says so)", async () => {
    api.on("POST /start").redirect("/end", 307);
    expect(await failureOf(testSession().session.post(`${api.url}/start`, { body: chunks("Hello") }))).toMatchObject({
      code: "ERR_REDIRECT_REFUSED",
    });
  });

  it("test_redirect_removes_sensitive_headers (errand sends no Referer)", async () => {
    const other = await fakeServer();
    try {
      other.on("*").reply();
      api.on("GET /start").redirect(`${other.url}/end`);
      await testSession().session.get(`${api.url}/start`, { headers: { Cookie: "foo=bar" } });
      expect([other.calls[0]?.headers.cookie, other.calls[0]?.headers.referer]).toEqual([undefined, undefined]);
    } finally {
      await other.close();
    }
  });

  it("read_timeout_allows_slow_response_body, response_timeout, timeout_closes_connection", async () => {
    api.on("GET /slow").drip("12345678", { everyMs: 8 });
    const { session } = testSession({ retry: false });
    expect(await (await session.get(`${api.url}/slow`, { stream: true, idleTimeout: "150ms" })).text()).toBe("12345678");
    const error = (await failureOf(session.get(`${api.url}/slow`, { timeout: "25ms" }))) as RequestError;
    expect([error.code, error.request?.url]).toEqual(["ERR_TIMEOUT", `${api.url}/slow`]);
  });
});

describe("go-retryablehttp client_test.go", () => {
  it("TestClient_DefaultBackoff, TestClient_Do: waits as long as the server says and sends the body again", async () => {
    api.on("PUT /").fail(429, { retryAfter: 2 }).fail(503, { retryAfter: 3 }).reply({ text: "ok" });
    const { session, waits } = testSession({}, { random: () => 0 });
    const response = await session.put(api.url, { body: "hello" });
    expect([response.text(), waits, api.calls.map((call) => call.text())]).toEqual(["ok", [2000, 3000], ["hello", "hello", "hello"]]);
  });

  it("TestClient_DefaultRetryPolicy_TLS: an untrusted certificate is tried once", async () => {
    const server = await raw(() => undefined, { tls: await selfSigned({ name: "localhost" }) });
    const error = (await failureOf(testSession().session.get(server.url))) as RequestError;
    expect([error.name, error.attempts.length, server.accepted <= 1]).toEqual(["TLSError", 1, true]);
  });

  it("TestClient_DefaultRetryPolicy_redirects, TestClient_DefaultRetryPolicy_invalidscheme: tried once", async () => {
    api.on("GET /loop").redirect("/loop");
    const { session } = testSession();
    const loop = (await failureOf(session.get(`${api.url}/loop`))) as RequestError;
    const scheme = (await failureOf(session.get("ftp://127.0.0.1/"))) as RequestError;
    expect([loop.attempts.length, scheme.attempts.length, api.calls.length]).toEqual([1, 0, 1]);
  });

  it("TestClient_RequestWithContext: an aborted signal ends the call before it is sent", async () => {
    const error = (await failureOf(testSession().session.get(api.url, { signal: AbortSignal.abort() }))) as RequestError;
    expect([error.code, api.calls.length]).toEqual(["ERR_ABORTED", 0]);
  });
});

describe("botocore retries/test_standard.py", () => {
  it("test_range_of_exponential_backoff: 1, 2, 4, 8, 16, 20, 20 ... with the whole span", async () => {
    api.on("GET /").fail(503);
    const { session, waits } = testSession({ retry: { attempts: 10 } });
    await session.get(api.url);
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 20_000, 20_000, 20_000, 20_000]);
  });

  it("test_max_attempts_adds_metadata_key_when_reached, test_needs_retry_but_not_enough_quota: the last attempt says why it was the last", async () => {
    api.on("GET /").fail(500);
    const { session } = testSession();
    const responses = await Promise.all(Array.from({ length: 60 }, () => session.get(api.url)));
    const reasons = new Set(responses.map((response) => response.attempts.at(-1)?.stopped));
    expect(reasons).toEqual(new Set(["attempts", "budget"]));
    expect(responses.find((response) => response.attempts.at(-1)?.stopped === "budget")?.explain()).toMatch(
      /the retry budget of this origin is empty/,
    );
  });

  it("test_different_connection_pool_for_mtls_settings (requests): sessions with other TLS settings share no connection", async () => {
    const authority = await TestAuthority.create("Others Root");
    const server = await raw(({ socket }) => void socket.write(reply("200 OK", "x")), {
      tls: await authority.issue({ name: "localhost" }),
    });
    expect(
      await testSession({ tls: { ca: authority.cert } })
        .session.get(server.url)
        .text(),
    ).toBe("x");
    expect(await failureOf(testSession().session.get(server.url))).toMatchObject({ name: "TLSError" });
  });
});
