// The behaviours that encode/httpx tests (tests/client/test_redirects.py), black-box, under their upstream names.
import { describe, expect, it } from "vitest";
import { fakeServer } from "../../src/playground/index.ts";
import { failureOf, testSession } from "../test-session.ts";
import { chunks, scripted } from "./scripted.ts";
import type { TooManyRedirectsError } from "../../src/errors/index.ts";

const peer = scripted();

describe("tests/client/test_redirects.py", () => {
  it("test_body_redirect, test_head_redirect, test_no_scheme_redirect, test_can_stream_if_no_redirect", async () => {
    peer.api.on("POST /308").redirect("/body", 308);
    peer.api.on("HEAD /302").redirect("/");
    peer.api.on("GET /no-scheme").redirect(`//127.0.0.1:${peer.api.port}/`);
    const { session } = testSession();
    await session.post(`${peer.api.url}/308`, { body: "Example request body" });
    expect([peer.last()?.text(), peer.last()?.headers["content-length"]]).toEqual(["Example request body", "20"]);
    await session.head(`${peer.api.url}/302`);
    expect(peer.last()?.method).toBe("HEAD");
    expect((await session.get(`${peer.api.url}/no-scheme`)).url).toBe(`${peer.api.url}/`);
    const stream = await session.get(`${peer.api.url}/no-scheme`, { redirect: false, stream: true });
    expect([stream.status, stream.header("location")]).toEqual([302, `//127.0.0.1:${peer.api.port}/`]);
    await stream.close();
  });

  it("test_cannot_redirect_streaming_body, test_redirect_custom_scheme", async () => {
    peer.api.on("POST /308").redirect("/body", 308);
    peer.api.on("POST /market").redirect("market://details?id=42");
    const { session } = testSession();
    for (const [path, options] of [
      ["/308", { body: chunks("x") }],
      ["/market", {}],
    ] as const)
      expect(await failureOf(session.post(peer.api.url + path, options))).toMatchObject({ code: "ERR_REDIRECT_REFUSED" });
  });

  it("test_malformed_redirect (errand: a Location without a host is an error)", async () => {
    peer.api.on("GET /malformed").redirect("https://:443/redirect");
    const { session } = testSession();
    expect(await failureOf(session.get(`${peer.api.url}/malformed`))).toMatchObject({ code: "ERR_REDIRECT_REFUSED" });
  });

  it("test_multiple_redirects, test_sync_too_many_redirects, test_redirect_loop", async () => {
    peer.api.on("GET /multiple").reply(({ query }) => {
      const count = Number(query.get("count"));
      return count === 0 ? {} : { status: 303, headers: { location: `/multiple?count=${count - 1}` } };
    });
    peer.api.on("GET /loop").redirect("/loop");
    const { session } = testSession();
    const response = await session.get(`${peer.api.url}/multiple?count=20`);
    expect([response.status, response.history.length, response.history[0]?.history]).toEqual([200, 20, []]);
    for (const path of ["/multiple?count=21", "/loop"])
      expect(((await failureOf(session.get(peer.api.url + path))) as TooManyRedirectsError).code).toBe("ERR_TOO_MANY_REDIRECTS");
  });

  it("test_cross_domain_redirect_with_auth_header, test_same_domain_redirect", async () => {
    const other = await fakeServer();
    try {
      other.on("*").reply();
      peer.api.on("GET /cross").redirect(`${other.url}/headers`);
      peer.api.on("GET /same").redirect("/headers");
      const { session } = testSession();
      for (const path of ["/cross", "/same"]) await session.get(peer.api.url + path, { headers: { Authorization: "abc-12345678" } });
      expect([other.calls[0]?.headers.authorization, peer.last()?.headers.authorization]).toEqual([undefined, "abc-12345678"]);
    } finally {
      await other.close();
    }
  });
});
