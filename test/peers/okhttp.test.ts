// The behaviours that okhttp tests (CallTest, ConnectionReuseTest, URLConnectionTest), black-box, under their upstream names.
import { describe, expect, it } from "vitest";
import { reply } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";
import { chunks, scripted } from "./scripted.ts";
import type { RequestError } from "../../src/errors/index.ts";

const peer = scripted();

describe("okhttp CallTest, ConnectionReuseTest, URLConnectionTest", () => {
  it("doesNotFollow21Redirects", async () => {
    peer.api.on("GET /:n").reply(({ params }) => ({ status: 302, headers: { location: `/${Number(params["n"]) + 1}` } }));
    expect(await failureOf(testSession().session.get(`${peer.api.url}/0`))).toMatchObject({ code: "ERR_TOO_MANY_REDIRECTS" });
    expect(peer.api.calls).toHaveLength(21);
  });

  it("expect100ContinueNonEmptyRequestBody: a 100 before the answer is skipped", async () => {
    const wire = await raw(
      ({ socket }) => void socket.write(Buffer.concat([Buffer.from("HTTP/1.1 100 Continue\r\n\r\n"), reply("200 OK", "done")])),
    );
    expect((await testSession().session.post(wire.url, { body: "abc" })).text()).toBe("done");
  });

  it("maxClientRequestTimeoutRetries: the last 408 is returned", async () => {
    peer.api.on("GET /").fail(408);
    const response = await testSession({ retry: { attempts: 2 } }).session.get(peer.api.url);
    expect([response.status, peer.api.calls.length, peer.api.connections]).toEqual([408, 2, 2]);
  });

  it("propfindRedirectsToPropfindAndMaintainsRequestBody: a 302 changes POST alone", async () => {
    peer.api.on("PROPFIND /302").redirect("/end", 302);
    await testSession().session.request("PROPFIND", `${peer.api.url}/302`, { body: "Request Body" });
    expect([peer.last()?.method, peer.last()?.path, peer.last()?.text()]).toEqual(["PROPFIND", "/end", "Request Body"]);
  });

  it("queryRedirectsToGetAndDropsRequestBodyOnSeeOther: a 303 makes a GET without a body", async () => {
    peer.api.on("QUERY /303").redirect("/end", 303);
    await testSession().session.request("QUERY", `${peer.api.url}/303`, { body: "Request Body" });
    expect([peer.last()?.method, peer.last()?.path, peer.last()?.text()]).toEqual(["GET", "/end", ""]);
  });

  it("recoverWhenRetryOnConnectionFailureIsTrue: of a host with two addresses, where the first refuses and a kept connection breaks", async () => {
    const wire = await raw(({ socket, index }) =>
      index === 1 ? void socket.destroy() : void socket.write(reply("200 OK", String(index))),
    );
    const found = ["127.0.0.2", "127.0.0.1"].map((address) => ({ address, family: 4 as const }));
    const { session } = testSession({ retry: false }, { lookup: (_host, _options, done) => done(null, found) });
    const url = `http://two.test:${wire.port}/`;
    expect([(await session.get(url)).text(), (await session.get(url)).text(), wire.accepted]).toEqual(["0", "2", 2]);
  });

  it("silentRetryWhenIdempotentRequestFailsOnReusedConnection: repeated once, which is no attempt", async () => {
    const wire = await raw(({ socket, index }) =>
      index === 1 ? void socket.destroy() : void socket.write(reply("200 OK", String(index))),
    );
    const { session } = testSession({ retry: false });
    await session.get(wire.url);
    const healed = await session.get(wire.url);
    expect([healed.status, healed.text(), healed.attempts.length, wire.heads.length]).toEqual([200, "2", 1, 3]);
  });

  it("retryOnUnavailableWith0RetryAfter", async () => {
    peer.api.on("GET /").fail(503, { retryAfter: 0 }).reply({ text: "back" });
    expect((await testSession().session.get(peer.api.url)).text()).toBe("back");
  });

  it("tlsTimeoutsNotRetried (errand repeats them: nothing was processed)", async () => {
    const silent = await raw(() => undefined);
    const error = (await failureOf(
      testSession({ connectTimeout: "15ms", retry: { attempts: 2 } }).session.get(`https://127.0.0.1:${silent.port}/`),
    )) as RequestError;
    expect([error.code, error.attempts.length]).toEqual(["ERR_TIMEOUT", 2]);
  });

  it.each<[string, string]>([
    ["connectionsAreNotReusedWithResponseConnectionClose", "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 1\r\n\r\na"],
    ["connectionsAreNotReusedWithUnknownLengthResponseBody", "HTTP/1.1 200 OK\r\n\r\na"],
  ])("%s: the next call opens its own", async (_title, answer) => {
    const wire = await raw(({ socket }) => void (answer.includes("length") ? socket.write(answer) : socket.end(answer)));
    const { session } = testSession({ retry: false });
    for (let round = 0; round < 2; round += 1) expect((await session.get(wire.url)).text()).toBe("a");
    expect(wire.accepted).toBe(2);
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
