// The behaviours that psf/requests tests (tests/test_requests.py, test_lowlevel.py: redirects), black-box, under their upstream names.
import { describe, expect, it } from "vitest";
import { basic } from "../../src/auth/index.ts";
import { fakeServer } from "../../src/playground/index.ts";
import { failureOf, testSession } from "../test-session.ts";
import { chunks, scripted } from "./scripted.ts";

const peer = scripted();

describe("test_requests.py: redirects", () => {
  const countDown = (): void => {
    peer.api.on("GET /redirect/:n").reply(({ params }) => ({
      status: 302,
      headers: { location: params["n"] === "1" ? "/get" : `/redirect/${Number(params["n"]) - 1}` },
    }));
  };

  it("test_HTTP_302_ALLOW_REDIRECT_GET: followed, and remembered", async () => {
    countDown();
    const response = await testSession().session.get(`${peer.api.url}/redirect/1`);
    expect([response.status, response.url, response.history.map((each) => [each.status, each.ok])]).toEqual([
      200,
      `${peer.api.url}/get`,
      [[302, true]],
    ]);
  });

  it("test_history_is_always_a_list: empty without a redirect", async () => {
    countDown();
    const { session } = testSession();
    const lengths = [await session.get(`${peer.api.url}/get`), await session.get(`${peer.api.url}/redirect/1`)].map(({ history }) => [
      Array.isArray(history),
      history.length,
    ]);
    expect(lengths).toEqual([
      [true, 0],
      [true, 1],
    ]);
  });

  it("test_redirect_history_no_self_reference: each has those before it", async () => {
    countDown();
    const { history } = await testSession().session.get(`${peer.api.url}/redirect/3`);
    expect(history).toHaveLength(3);
    for (const [index, each] of history.entries()) {
      expect(each.history).toHaveLength(index);
      expect(each.history.every((earlier, place) => earlier === history[place])).toBe(true);
    }
  });

  it("test_HTTP_307_ALLOW_REDIRECT_POST_WITH_SEEKABLE, test_getattr_proxy_stream_follows_redirect: what can be read again is sent again", async () => {
    peer.api.on("POST /redirect").redirect("/post", 307);
    const { session } = testSession();
    await session.post(`${peer.api.url}/redirect`, { body: new Blob(["test"]) });
    expect([peer.last()?.path, peer.last()?.text()]).toEqual(["/post", "test"]);
  });

  it("test_rewind_body_no_seek, test_rewind_body_failed_seek: a one-shot stream is an error, not a hang", async () => {
    peer.api.on("POST /redirect").redirect("/post", 307);
    const { session } = testSession();
    expect(await failureOf(session.post(`${peer.api.url}/redirect`, { body: chunks("test") }))).toMatchObject({
      code: "ERR_REDIRECT_REFUSED",
    });
  });

  it.each<[string, number, string, string]>([
    ["test_http_301_changes_post_to_get", 301, "POST", "GET"],
    ["test_http_301_doesnt_change_head_to_get", 301, "HEAD", "HEAD"],
    ["test_http_302_changes_post_to_get", 302, "POST", "GET"],
    ["test_http_302_doesnt_change_head_to_get", 302, "HEAD", "HEAD"],
    ["test_http_303_changes_post_to_get", 303, "POST", "GET"],
    ["test_http_303_doesnt_change_head_to_get", 303, "HEAD", "HEAD"],
  ])("%s", async (_title, status, method, next) => {
    peer.api.on("* /status").redirect("/get", status);
    const { session } = testSession();
    await session.request(method, `${peer.api.url}/status`, method === "POST" ? { form: { test: "data" } } : {});
    expect([peer.last()?.method, peer.last()?.headers["content-length"], peer.last()?.headers["content-type"]]).toEqual([
      next,
      undefined,
      undefined,
    ]);
  });

  it("test_auth_is_retained_for_redirect_on_host: another port is another origin", async () => {
    const other = await fakeServer();
    try {
      other.on("*").reply();
      peer.api.on("GET /same").redirect("/get");
      peer.api.on("GET /other").redirect(`${other.url}/get`);
      const { session } = testSession({ auth: basic("user", "pass-word-1") });
      await session.get(`${peer.api.url}/same`);
      expect(peer.last()?.headers.authorization).toMatch(/^Basic /);
      await session.get(`${peer.api.url}/other`);
      expect(other.calls[0]?.headers.authorization).toBeUndefined();
    } finally {
      await other.close();
    }
  });

  it("test_header_and_body_removal_on_redirect", async () => {
    peer.api.on("POST /302").redirect("/get", 302);
    const { session } = testSession();
    await session.post(`${peer.api.url}/302`, { form: { test: "data" } });
    expect([peer.last()?.text(), peer.last()?.headers["content-type"], peer.last()?.headers["transfer-encoding"]]).toEqual([
      "",
      undefined,
      undefined,
    ]);
  });

  it("test_fragment_maintained_on_redirect: a Location without one inherits it, and it is never sent", async () => {
    peer.api.on("GET /3").redirect("/4");
    expect((await testSession().session.get(`${peer.api.url}/3#view=edit`)).url).toBe(`${peer.api.url}/4#view=edit`);
    expect(peer.api.calls.map(({ target }) => target)).toEqual(["/3", "/4"]);
  });

  it("test_fragment_update_on_redirect: a Location with one replaces it, for the hops after as well", async () => {
    peer.api.on("GET /1").redirect("/2");
    peer.api.on("GET /2").redirect("/3#new");
    peer.api.on("GET /3").redirect("/4");
    const response = await testSession().session.get(`${peer.api.url}/1#old`);
    expect([response.url, ...response.history.map(({ url }) => url)]).toEqual(
      ["/4#new", "/1#old", "/2#old", "/3#new"].map((path) => peer.api.url + path),
    );
  });

  it("test_redirect_with_wrong_gzipped_header", async () => {
    peer.api
      .on("GET /gzip")
      .reply({ status: 302, headers: { location: "/get", "content-encoding": "gzip" }, body: Buffer.from("not gzip") });
    const { session } = testSession();
    expect((await session.get(`${peer.api.url}/gzip`)).status).toBe(200);
  });

  it("test_uppercase_scheme_redirect: HTTP:// is http://", async () => {
    peer.api.on("GET /upper").redirect(`${peer.api.url.replace("http", "HTTP")}/get`);
    const response = await testSession().session.get(`${peer.api.url}/upper`);
    expect([response.status, response.url]).toEqual([200, `${peer.api.url}/get`]);
  });

  it("test_redirecting_to_bad_url[http://:1]: an error that says so, no crash", async () => {
    peer.api.on("GET /bad").redirect("http://:1");
    expect(await failureOf(testSession().session.get(`${peer.api.url}/bad`))).toMatchObject({
      code: "ERR_REDIRECT_REFUSED",
      message: expect.stringContaining("http://:1"),
    });
  });
});
