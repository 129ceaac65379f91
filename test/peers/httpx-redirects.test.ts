// The behaviours that encode/httpx tests (tests/client/test_redirects.py), black-box, under their upstream names.
import { describe, expect, it } from "vitest";
import { failureOf, server, testSession } from "../test-session.ts";
import { chunks, scripted } from "./scripted.ts";
import type { TooManyRedirectsError } from "../../src/errors/index.ts";

const peer = scripted();

describe("tests/client/test_redirects.py", () => {
  it("test_body_redirect: a 308 gets body and length again", async () => {
    peer.api.on("POST /308").redirect("/body", 308);
    await testSession().session.post(`${peer.api.url}/308`, { body: "Example request body" });
    expect([peer.last()?.path, peer.last()?.text(), peer.last()?.headers["content-length"]]).toEqual([
      "/body",
      "Example request body",
      "20",
    ]);
  });

  it("test_head_redirect: HEAD stays HEAD", async () => {
    peer.api.on("HEAD /302").redirect("/end");
    const response = await testSession().session.head(`${peer.api.url}/302`);
    expect([peer.last()?.method, peer.last()?.path, response.status, response.text()]).toEqual(["HEAD", "/end", 200, ""]);
  });

  it("test_no_scheme_redirect: //host takes the scheme it comes from", async () => {
    peer.api.on("GET /no-scheme").redirect(`//127.0.0.1:${peer.api.port}/`);
    const response = await testSession().session.get(`${peer.api.url}/no-scheme`);
    expect([response.url, response.history.length]).toEqual([`${peer.api.url}/`, 1]);
  });

  it("test_can_stream_if_no_redirect: redirect: false gives the 301 and its Location", async () => {
    peer.api.on("GET /301").redirect("/end", 301);
    const response = await testSession().session.get(`${peer.api.url}/301`, { redirect: false, stream: true });
    expect([response.status, response.header("location"), await response.text()]).toEqual([301, "/end", ""]);
  });

  it("test_cannot_redirect_streaming_body: a one-shot stream is an error at a 308, sent once", async () => {
    peer.api.on("POST /308").redirect("/body", 308);
    expect(await failureOf(testSession().session.post(`${peer.api.url}/308`, { body: chunks("x") }))).toMatchObject({
      code: "ERR_REDIRECT_REFUSED",
    });
    expect(peer.api.calls.map((call) => call.text())).toEqual(["x"]);
  });

  it("test_redirect_custom_scheme: another scheme is not followed", async () => {
    peer.api.on("POST /market").redirect("market://details?id=42");
    expect(await failureOf(testSession().session.post(`${peer.api.url}/market`))).toMatchObject({ code: "ERR_REDIRECT_REFUSED" });
  });

  it("test_malformed_redirect (errand: a Location without a host is an error)", async () => {
    peer.api.on("GET /malformed").redirect("https://:443/redirect");
    const { session } = testSession();
    expect(await failureOf(session.get(`${peer.api.url}/malformed`))).toMatchObject({ code: "ERR_REDIRECT_REFUSED" });
  });

  const countDown = (): void => {
    peer.api.on("GET /multiple").reply(({ query }) => {
      const count = Number(query.get("count"));
      return count === 0 ? {} : { status: 303, headers: { location: `/multiple?count=${count - 1}` } };
    });
  };

  it("test_multiple_redirects: twenty are followed, and the first has none before it", async () => {
    countDown();
    const response = await testSession().session.get(`${peer.api.url}/multiple?count=20`);
    expect([response.status, response.url, response.history.length, response.history[0]?.history]).toEqual([
      200,
      `${peer.api.url}/multiple?count=0`,
      20,
      [],
    ]);
  });

  it("test_sync_too_many_redirects: one more is an error with its trail", async () => {
    countDown();
    const error = (await failureOf(testSession().session.get(`${peer.api.url}/multiple?count=21`))) as TooManyRedirectsError;
    expect([error.code, error.trail.length, peer.api.calls.length]).toEqual(["ERR_TOO_MANY_REDIRECTS", 21, 21]);
  });

  it("test_redirect_loop: noticed at its first turn", async () => {
    peer.api.on("GET /loop").redirect("/loop");
    expect(await failureOf(testSession().session.get(`${peer.api.url}/loop`))).toMatchObject({ code: "ERR_TOO_MANY_REDIRECTS" });
    expect(peer.api.calls).toHaveLength(1);
  });

  it("test_cross_domain_redirect_with_auth_header: Authorization stays behind", async () => {
    const other = await server();
    other.on("*").reply();
    peer.api.on("GET /cross").redirect(`${other.url}/headers`);
    await testSession().session.get(`${peer.api.url}/cross`, { headers: { Authorization: "abc-12345678" } });
    expect([peer.last()?.headers.authorization, other.calls.map(({ headers }) => headers.authorization)]).toEqual([
      "abc-12345678",
      [undefined],
    ]);
  });

  it("test_same_domain_redirect: Authorization goes along", async () => {
    peer.api.on("GET /same").redirect("/headers");
    await testSession().session.get(`${peer.api.url}/same`, { headers: { Authorization: "abc-12345678" } });
    expect([peer.last()?.path, peer.last()?.headers.authorization]).toEqual(["/headers", "abc-12345678"]);
  });
});
