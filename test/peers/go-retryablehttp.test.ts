// The behaviours that go-retryablehttp tests (client_test.go), black-box, under their upstream names.
import { describe, expect, it } from "vitest";
import { parseRetryAfter } from "../../src/retry/index.ts";
import { selfSigned } from "../certificates.ts";
import { failureOf, raw, testSession } from "../test-session.ts";
import { scripted } from "./scripted.ts";
import type { RequestError } from "../../src/errors/index.ts";

const peer = scripted();

describe("go-retryablehttp client_test.go", () => {
  it.each([429, 503])("TestClient_DefaultBackoff: the Retry-After of a %i is the wait", async (status) => {
    peer.api.on("GET /").fail(status, { retryAfter: 2 }).reply();
    const { session, waits } = testSession({}, { random: () => 0 });
    expect([(await session.get(peer.api.url)).status, waits]).toEqual([200, [2000]]);
  });

  it("TestClient_Do: the body goes out again with every attempt", async () => {
    peer.api.on("PUT /v1/foo").fail(500, { times: 2 }).reply({ text: "ok" });
    const response = await testSession().session.put(`${peer.api.url}/v1/foo`, { body: "hello" });
    expect([response.text(), peer.api.calls.map((call) => call.text())]).toEqual(["ok", ["hello", "hello", "hello"]]);
  });

  it("TestClient_DefaultRetryPolicy_TLS: an untrusted certificate is tried once", async () => {
    const server = await raw(() => undefined, { tls: await selfSigned({ name: "localhost" }) });
    const error = (await failureOf(testSession().session.get(server.url))) as RequestError;
    expect([error.name, error.attempts.length, server.accepted <= 1]).toEqual(["TLSError", 1, true]);
  });

  it("TestClient_DefaultRetryPolicy_redirects: an endless chain is tried once", async () => {
    peer.api.on("GET /loop").redirect("/loop");
    const error = (await failureOf(testSession().session.get(`${peer.api.url}/loop`))) as RequestError;
    expect([error.code, error.attempts.length, peer.api.calls.length]).toEqual(["ERR_TOO_MANY_REDIRECTS", 1, 1]);
  });

  it("TestClient_DefaultRetryPolicy_invalidscheme: another scheme is never tried", async () => {
    const { session, waits } = testSession();
    const error = (await failureOf(session.get("ftp://127.0.0.1/"))) as RequestError;
    expect([error.code, error.attempts, waits]).toEqual(["ERR_INVALID_URL", [], []]);
  });

  it("TestClient_RequestWithContext: an aborted signal ends the call before it is sent", async () => {
    const error = (await failureOf(testSession().session.get(peer.api.url, { signal: AbortSignal.abort() }))) as RequestError;
    expect([error.code, peer.api.calls.length]).toEqual(["ERR_ABORTED", 0]);
  });

  it.each<[string, string | string[], number | undefined]>([
    ["TestParseRetryAfterHeader: seconds", "2", 2000],
    ["TestParseRetryAfterHeader: an RFC 1123 date", "Fri, 31 Dec 1999 23:59:59 GMT", 1000],
    ["TestParseRetryAfterHeader: a date in the past", "Fri, 31 Dec 1999 23:59:57 GMT", 0],
    ["TestParseRetryAfterHeader: of two lines the first counts", ["2", "3"], 2000],
    ["TestParseRetryAfterHeader: a negative number is none", "-2", undefined],
    ["TestParseRetryAfterHeader: a broken date is none", "Fri, 31 Dec 1999 23:59:59", undefined],
  ])("%s", (_title, value, waitMs) => {
    expect(parseRetryAfter(value, Date.UTC(1999, 11, 31, 23, 59, 58))).toBe(waitMs);
  });
});
