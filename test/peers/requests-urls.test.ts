// The behaviours that psf/requests tests (tests/test_requests.py, URLs and params), black-box, under their upstream names.
import { describe, expect, it } from "vitest";
import { failureOf, testSession } from "../test-session.ts";
import { scripted } from "./scripted.ts";

const peer = scripted();

describe("test_requests.py: URLs and params", () => {
  it("test_mixed_case_scheme_acceptable", async () => {
    const { session } = testSession();
    for (const scheme of ["http", "HTTP", "hTTp", "HttP"])
      expect((await session.get(peer.api.url.replace("http", scheme))).status).toBe(200);
  });

  it("test_params_are_added_before_fragment, test_params_original_order_is_preserved_by_default, test_urlencoded_get_query_multivalued_param", async () => {
    const { session } = testSession();
    const response = await session.get(`${peer.api.url}/path?key=value#fragment`, {
      params: { z: 1, a: 1, k: 1, d: 1, test: ["foo", "baz"] },
    });
    expect([peer.last()?.target, response.url]).toEqual([
      "/path?key=value&z=1&a=1&k=1&d=1&test=foo&test=baz",
      `${peer.api.url}/path?key=value&z=1&a=1&k=1&d=1&test=foo&test=baz#fragment`,
    ]);
  });

  it("test_params_bytes_are_encoded (errand refuses a text as params: it belongs into the URL)", async () => {
    const { session } = testSession();
    expect(await failureOf(session.get(peer.api.url, { params: "test=foo" as never }))).toMatchObject({ code: "ERR_INVALID_OPTION" });
  });

  it("test_unicode_get, test_path_is_not_double_encoded", async () => {
    const { session } = testSession();
    await session.get(`${peer.api.url}/ø/test case`, { params: { foo: "føø", ø: "o" } });
    expect(peer.last()?.target).toBe("/%C3%B8/test%20case?foo=f%C3%B8%C3%B8&%C3%B8=o");
    await session.get(`${peer.api.url}/get/test%20case`);
    expect(peer.last()?.target).toBe("/get/test%20case");
  });

  it("test_request_url_handles_leading_path_separators", async () => {
    const { session } = testSession();
    await session.get(`${peer.api.url}//v:h`);
    expect(peer.last()?.target).toBe("//v:h");
  });

  it("test_whitespaces_are_removed_from_url", async () => {
    const { session } = testSession();
    expect((await session.get(` ${peer.api.url} `)).status).toBe(200);
  });

  it.each(["hiwpefhipowhefopw", "localhost:3128", "10.122.1.1:3128/", "http://", "http://*example.com", "http://.example.com"])(
    "test_invalid_url[%s]",
    async (url) => {
      const { session } = testSession();
      expect(await failureOf(session.get(url))).toMatchObject({ name: "InvalidRequestError", code: "ERR_INVALID_URL" });
    },
  );

  it.each(["http://fe80::5054:ff:fe5a:fc0", "http://*", "http://*.google.com"])("test_errors, test_preparing_bad_url[%s]", async (url) => {
    const { session } = testSession();
    expect(await failureOf(session.get(url))).toMatchObject({ name: "InvalidRequestError", code: "ERR_INVALID_URL" });
  });

  it("test_errors[http://localhost:1]: a connection error, not a timeout", async () => {
    const { session } = testSession();
    expect(await failureOf(session.get("http://localhost:1"))).toMatchObject({ name: "ConnectionError", code: "ERR_CONNECTION_REFUSED" });
  });

  it("test_nonhttp_schemes_dont_check_URLs, test_parameters_for_nonstandard_schemes (errand speaks only http and https)", async () => {
    const { session } = testSession();
    for (const url of ["data:text/plain,x", "file:///etc/passwd", "magnet:?xt=1", "mailto:a@b.example", "http+unix://%2Fs/x"]) {
      expect(await failureOf(session.get(url, { params: { a: 1 } }))).toMatchObject({ code: "ERR_INVALID_URL" });
    }
  });

  it("test_long_authinfo_in_url, test_fragment_not_sent_with_request", async () => {
    const user = "E8A3BE87-9E3F-4620-8858-95478E385B5B";
    const password = "EA770032-DA4D-4D84-8CE9-29C6D910BF1E".repeat(4);
    const { session } = testSession();
    const response = await session.get(
      peer.api.url.replace("//", `//${user}:${password}@`) + "/exactly-------------sixty-----------three------------characters#frag",
    );
    expect([response.status, peer.last()?.target, peer.last()?.headers.authorization]).toEqual([
      200,
      "/exactly-------------sixty-----------three------------characters",
      `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
    ]);
  });
});
