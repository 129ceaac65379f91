// The behaviours that psf/requests tests (tests/test_requests.py, URLs and params), black-box, under their upstream names.
import { describe, expect, it } from "vitest";
import type { Params } from "../../src/client/index.ts";
import type { RequestError } from "../../src/errors/index.ts";
import { reply } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";
import { scripted } from "./scripted.ts";

const peer = scripted();

describe("test_requests.py: URLs and params", () => {
  it("test_mixed_case_scheme_acceptable", async () => {
    const { session } = testSession();
    for (const scheme of ["http", "HTTP", "hTTp", "HttP"])
      expect((await session.get(peer.api.url.replace("http", scheme))).status).toBe(200);
  });

  it.each<[string, string, Params, string]>([
    ["test_params_are_added_before_fragment", "/path?key=value#fragment", { a: "b" }, "/path?key=value&a=b#fragment"],
    ["test_params_are_added_before_fragment: without a query", "/path#fragment", { a: "b" }, "/path?a=b#fragment"],
    ["test_params_original_order_is_preserved_by_default", "/", { z: 1, a: 1, k: 1, d: 1 }, "/?z=1&a=1&k=1&d=1"],
    ["test_urlencoded_get_query_multivalued_param: the name is repeated", "/get", { test: ["foo", "baz"] }, "/get?test=foo&test=baz"],
  ])("%s", async (_title, path, params, expected) => {
    const response = await testSession().session.get(peer.api.url + path, { params });
    expect([response.url, peer.last()?.target]).toEqual([peer.api.url + expected, expected.replace("#fragment", "")]);
  });

  it("test_params_bytes_are_encoded (errand refuses a text as params: it belongs into the URL)", async () => {
    const { session } = testSession();
    expect(await failureOf(session.get(peer.api.url, { params: "test=foo" as never }))).toMatchObject({ code: "ERR_INVALID_OPTION" });
  });

  it.each<[string, string, Params, string]>([
    ["test_unicode_get: in a value", "/get", { foo: "føø" }, "/get?foo=f%C3%B8%C3%B8"],
    ["test_unicode_get: in a name", "/get", { føø: "føø" }, "/get?f%C3%B8%C3%B8=f%C3%B8%C3%B8"],
    ["test_unicode_get: in the path", "/ø", { foo: "foo" }, "/%C3%B8?foo=foo"],
    ["test_path_is_not_double_encoded: a blank is encoded", "/get/test case", {}, "/get/test%20case"],
    ["test_path_is_not_double_encoded: once", "/get/test%20case", {}, "/get/test%20case"],
  ])("%s", async (_title, path, params, target) => {
    await testSession().session.get(peer.api.url + path, { params });
    expect(peer.last()?.target).toBe(target);
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

  it.each<[string, string]>([
    ["test_invalid_url[hiwpefhipowhefopw]", "hiwpefhipowhefopw"],
    ["test_invalid_url[localhost:3128]", "localhost:3128"],
    ["test_invalid_url[10.122.1.1:3128/]", "10.122.1.1:3128/"],
    ["test_invalid_url[http://]", "http://"],
    ["test_invalid_url[http://*example.com]", "http://*example.com"],
    ["test_invalid_url[http://.example.com]", "http://.example.com"],
    ["test_errors[http://fe80::5054:ff:fe5a:fc0]", "http://fe80::5054:ff:fe5a:fc0"],
    ["test_preparing_bad_url[http://*]", "http://*"],
    ["test_preparing_bad_url[http://*]: with a domain behind it", "http://*.google.com"],
    ["test_preparing_bad_url[http://*]: a snowman", "http://\u2603.net/%zz\u0000"],
  ])("%s", async (_title, url) => {
    const { session } = testSession();
    const error = (await failureOf(session.get(url))) as RequestError;
    expect(error).toMatchObject({ name: "InvalidRequestError", code: "ERR_INVALID_URL" });
    expect(error.attempts).toEqual([]);
  });

  it.each<[string, string, string]>([
    ["test_preparing_url[http://google.com]: a path of / is added", "http://google.com", "http://google.com/"],
    [
      "test_preparing_url[idn]: host in Punycode (IDNA 2008), path in UTF-8",
      "http://stra\u00dfe.de/stra\u00dfe",
      "http://xn--strae-oqa.de/stra%C3%9Fe",
    ],
    [
      "test_preparing_url[ipv6]: as it is",
      "http://[1200:0:ab00:1234:0:2552:7777:1313]:12345/",
      "http://[1200:0:ab00:1234:0:2552:7777:1313]:12345/",
    ],
    [
      "test_url_mutation (errand speaks http and https alone, and leaves an encoded tilde as it was written)",
      "http://x.test/%7Ea",
      "http://x.test/%7Ea",
    ],
  ])("%s", async (_title, url, target) => {
    const proxy = await raw(({ socket }) => void socket.write(reply("200 OK")));
    const response = await testSession({ proxy: proxy.url }).session.get(url);
    expect([proxy.heads[0]?.split(" ")[1], response.url]).toEqual([target, target]);
  });

  it("test_url_mutation (errand speaks http and https alone): mailto:, data: and http+unix: fail before any I/O", async () => {
    const { session } = testSession();
    for (const url of ["mailto:user@example.org", "data:SSDimaUgUHl0aG9uIQ==", "http+unix://%2Fvar%2Frun%2Fsocket/path%7E"])
      expect(await failureOf(session.get(url))).toMatchObject({ code: "ERR_INVALID_URL", attempts: [] });
  });

  it("test_cannot_send_unprepared_requests: what is no URL is an error that says so", async () => {
    const { session } = testSession();
    for (const target of [{}, undefined, null, 42, ["http://example.com"]])
      expect(await failureOf(session.get(target as never))).toMatchObject({
        name: "InvalidRequestError",
        code: "ERR_INVALID_URL",
      });
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

  it("test_long_authinfo_in_url: a label of 63 characters in the host as well", async () => {
    const proxy = await raw(({ socket }) => void socket.write(reply("200 OK")));
    const url = `http://${"exactly-63-".repeat(6).slice(0, 62)}x.example.test/path?query`;
    await testSession({ proxy: proxy.url }).session.get(
      url.replace("//", "//E8A3BE87-9E3F-4620-8858-95478E385B5B:EA770032-DA4D-4D84-8CE9@"),
    );
    expect(proxy.heads[0]?.split(" ")[1]).toBe(url);
  });

  it("test_fragment_not_sent_with_request: it stays here", async () => {
    const response = await testSession().session.get(`${peer.api.url}/path?query#frag`);
    expect([peer.last()?.target, response.url]).toEqual(["/path?query", `${peer.api.url}/path?query#frag`]);
  });
});
