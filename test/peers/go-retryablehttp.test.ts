// The behaviours that go-retryablehttp tests (client_test.go), black-box, under their upstream names.
import { describe, expect, it } from "vitest";
import { selfSigned } from "../certificates.ts";
import { failureOf, raw, testSession } from "../test-session.ts";
import { scripted } from "./scripted.ts";
import type { RequestError } from "../../src/errors/index.ts";

const peer = scripted();

describe("go-retryablehttp client_test.go", () => {
  it("TestClient_DefaultBackoff, TestClient_Do: waits as long as the server says and sends the body again", async () => {
    peer.api.on("PUT /").fail(429, { retryAfter: 2 }).fail(503, { retryAfter: 3 }).reply({ text: "ok" });
    const { session, waits } = testSession({}, { random: () => 0 });
    const response = await session.put(peer.api.url, { body: "hello" });
    expect([response.text(), waits, peer.api.calls.map((call) => call.text())]).toEqual(["ok", [2000, 3000], ["hello", "hello", "hello"]]);
  });

  it("TestClient_DefaultRetryPolicy_TLS: an untrusted certificate is tried once", async () => {
    const server = await raw(() => undefined, { tls: await selfSigned({ name: "localhost" }) });
    const error = (await failureOf(testSession().session.get(server.url))) as RequestError;
    expect([error.name, error.attempts.length, server.accepted <= 1]).toEqual(["TLSError", 1, true]);
  });

  it("TestClient_DefaultRetryPolicy_redirects, TestClient_DefaultRetryPolicy_invalidscheme: tried once", async () => {
    peer.api.on("GET /loop").redirect("/loop");
    const { session } = testSession();
    const loop = (await failureOf(session.get(`${peer.api.url}/loop`))) as RequestError;
    const scheme = (await failureOf(session.get("ftp://127.0.0.1/"))) as RequestError;
    expect([loop.attempts.length, scheme.attempts.length, peer.api.calls.length]).toEqual([1, 0, 1]);
  });

  it("TestClient_RequestWithContext: an aborted signal ends the call before it is sent", async () => {
    const error = (await failureOf(testSession().session.get(peer.api.url, { signal: AbortSignal.abort() }))) as RequestError;
    expect([error.code, peer.api.calls.length]).toEqual(["ERR_ABORTED", 0]);
  });
});
