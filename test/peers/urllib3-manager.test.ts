// The behaviours that urllib3 tests (with_dummyserver/test_poolmanager.py), black-box, under their upstream names. Where errand decides
// otherwise on purpose the title says so.
import { describe, expect, it } from "vitest";
import { failureOf, server, testSession } from "../test-session.ts";
import { scripted } from "./scripted.ts";

const peer = scripted();

describe("with_dummyserver/test_poolmanager.py", () => {
  it("test_headers_http_multi_header_multipart: a repeated header beside a multipart body", async () => {
    await testSession().session.post(peer.api.url, { headers: { Multi: ["1", "2"] }, files: { f: new Blob(["x"]) } });
    const raws = peer.last()?.rawHeaders ?? [];
    expect(raws.flatMap((name, index) => (name === "Multi" ? [raws[index + 1]] : []))).toEqual(["1", "2"]);
    expect(peer.last()?.headers["content-type"]).toMatch(/^multipart\/form-data; boundary=/);
  });

  it("test_raise_on_redirect: redirect: false returns the 303", async () => {
    peer.api.on("GET /redirect").redirect("/end", 303);
    const response = await testSession().session.get(`${peer.api.url}/redirect`, { redirect: false });
    expect([response.status, response.header("location"), peer.api.calls.length]).toEqual([303, "/end", 1]);
  });

  it("test_unknown_scheme: a redirect to one is refused, and the error names it", async () => {
    peer.api.on("GET /unknown").redirect("unknown://x");
    expect(await failureOf(testSession().session.get(`${peer.api.url}/unknown`))).toMatchObject({
      code: "ERR_REDIRECT_REFUSED",
      message: expect.stringContaining('"unknown"'),
    });
  });

  it("test_too_many_redirects: one hop allowed and two to go is an error, and the connection is used again", async () => {
    peer.api.on("GET /1").redirect("/2");
    peer.api.on("GET /2").redirect("/3");
    const { session } = testSession({ redirect: { max: 1 } });
    expect(await failureOf(session.get(`${peer.api.url}/1`))).toMatchObject({ code: "ERR_TOO_MANY_REDIRECTS" });
    expect([(await session.get(`${peer.api.url}/2`)).status, peer.api.connections]).toEqual([200, 1]);
  });

  /** Which of the headers reach another host by a redirect. */
  async function carried(headers: Readonly<Record<string, string>>, credentialHeaders: readonly string[] = []): Promise<string[]> {
    const other = await server();
    other.on("*").reply();
    peer.api.on("GET /cross").redirect(`${other.url}/`);
    await testSession({ credentialHeaders }).session.get(`${peer.api.url}/cross`, { headers });
    return Object.keys(headers).filter((name) => other.calls[0]?.headers[name.toLowerCase()] !== undefined);
  }

  it("test_redirect_cross_host_remove_headers: Authorization, Proxy-Authorization and Cookie in any case", async () => {
    const credentials = { authorization: "foo-12345678", "PROXY-Authorization": "bar", Cookie: "foo=bar" };
    expect(await carried({ ...credentials, "X-Other": "kept" })).toEqual(["X-Other"]);
  });

  it("test_redirect_cross_host_set_removed_headers: those that the session names as well; the caller's object stays as it was", async () => {
    const headers = Object.freeze({ "x-api-SECRET": "foo", "X-Internal-Name": "bar", "X-Other": "kept" });
    expect(await carried(headers, ["X-API-Secret", "X-Internal-Name"])).toEqual(["X-Other"]);
    expect(await carried(headers)).toEqual(expect.arrayContaining(["X-Internal-Name", "X-Other"]));
  });

  it("test_redirect_cross_host_no_remove_headers (errand drops credentials whatever the list says)", async () => {
    expect(await carried({ Authorization: "foo-12345678", Cookie: "foo=bar", "X-Other": "kept" }, [])).toEqual(["X-Other"]);
  });
});
