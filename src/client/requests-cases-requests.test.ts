// The behaviours that psf/requests tests (tests/test_requests.py, test_lowlevel.py, test_adapters.py), black-box, under their upstream
// names. Where errand decides otherwise on purpose the title says so. Proxies, cookies, digest and netrc are not here.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failureOf, testSession } from "../../test/test-session.ts";
import { basic } from "../auth/index.ts";
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

describe("test_requests.py: URLs and params", () => {
  it("test_mixed_case_scheme_acceptable", async () => {
    const { session } = testSession();
    for (const scheme of ["http", "HTTP", "hTTp", "HttP"]) expect((await session.get(api.url.replace("http", scheme))).status).toBe(200);
  });

  it("test_params_are_added_before_fragment, test_params_original_order_is_preserved_by_default, test_urlencoded_get_query_multivalued_param", async () => {
    const { session } = testSession();
    const response = await session.get(`${api.url}/path?key=value#fragment`, { params: { z: 1, a: 1, k: 1, d: 1, test: ["foo", "baz"] } });
    expect([last()?.target, response.url]).toEqual([
      "/path?key=value&z=1&a=1&k=1&d=1&test=foo&test=baz",
      `${api.url}/path?key=value&z=1&a=1&k=1&d=1&test=foo&test=baz#fragment`,
    ]);
  });

  it("test_params_bytes_are_encoded (errand refuses a text as params: it belongs into the URL)", async () => {
    const { session } = testSession();
    expect(await failureOf(session.get(api.url, { params: "test=foo" as never }))).toMatchObject({ code: "ERR_INVALID_OPTION" });
  });

  it("test_unicode_get, test_path_is_not_double_encoded", async () => {
    const { session } = testSession();
    await session.get(`${api.url}/ø/test case`, { params: { foo: "føø", ø: "o" } });
    expect(last()?.target).toBe("/%C3%B8/test%20case?foo=f%C3%B8%C3%B8&%C3%B8=o");
    await session.get(`${api.url}/get/test%20case`);
    expect(last()?.target).toBe("/get/test%20case");
  });

  it("test_request_url_handles_leading_path_separators", async () => {
    const { session } = testSession();
    await session.get(`${api.url}//v:h`);
    expect(last()?.target).toBe("//v:h");
  });

  it("test_whitespaces_are_removed_from_url", async () => {
    const { session } = testSession();
    expect((await session.get(` ${api.url} `)).status).toBe(200);
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
      api.url.replace("//", `//${user}:${password}@`) + "/exactly-------------sixty-----------three------------characters#frag",
    );
    expect([response.status, last()?.target, last()?.headers.authorization]).toEqual([
      200,
      "/exactly-------------sixty-----------three------------characters",
      `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
    ]);
  });
});

describe("test_requests.py: redirects", () => {
  it("test_HTTP_302_ALLOW_REDIRECT_GET, test_history_is_always_a_list, test_redirect_history_no_self_reference", async () => {
    api.on("GET /redirect/:n").reply(({ params }) => ({
      status: 302,
      headers: { location: params["n"] === "1" ? "/get" : `/redirect/${Number(params["n"]) - 1}` },
    }));
    const { session } = testSession();
    expect((await session.get(`${api.url}/get`)).history).toEqual([]);
    const response = await session.get(`${api.url}/redirect/3`);
    expect([response.status, response.history.map((each) => each.status)]).toEqual([200, [302, 302, 302]]);
    expect(response.history.every((each) => !each.history.includes(each) && each.history.length < 3)).toBe(true);
  });

  it("test_HTTP_307_ALLOW_REDIRECT_POST_WITH_SEEKABLE, test_getattr_proxy_stream_follows_redirect: what can be read again is sent again", async () => {
    api.on("POST /redirect").redirect("/post", 307);
    const { session } = testSession();
    await session.post(`${api.url}/redirect`, { body: new Blob(["test"]) });
    expect([last()?.path, last()?.text()]).toEqual(["/post", "test"]);
  });

  it("test_rewind_body_no_seek, test_rewind_body_failed_seek: a one-shot stream is an error, not a hang", async () => {
    api.on("POST /redirect").redirect("/post", 307);
    const { session } = testSession();
    expect(await failureOf(session.post(`${api.url}/redirect`, { body: chunks("test") }))).toMatchObject({ code: "ERR_REDIRECT_REFUSED" });
  });

  it.each([
    [301, "POST", "GET"],
    [301, "HEAD", "HEAD"],
    [302, "POST", "GET"],
    [302, "HEAD", "HEAD"],
    [303, "POST", "GET"],
    [303, "HEAD", "HEAD"],
  ])("test_http_%i: %s is followed with %s", async (status, method, next) => {
    api.on("* /status").redirect("/get", status);
    const { session } = testSession();
    await session.request(method, `${api.url}/status`, method === "POST" ? { form: { test: "data" } } : {});
    expect([last()?.method, last()?.headers["content-length"], last()?.headers["content-type"]]).toEqual([next, undefined, undefined]);
  });

  it("test_auth_is_retained_for_redirect_on_host, test_should_strip_auth_host_change, test_should_strip_auth_https_upgrade (other ports strip)", async () => {
    const other = await fakeServer();
    try {
      other.on("*").reply();
      api.on("GET /same").redirect("/get");
      api.on("GET /other").redirect(`${other.url}/get`);
      const { session } = testSession({ auth: basic("user", "pass-word-1") });
      await session.get(`${api.url}/same`);
      expect(last()?.headers.authorization).toMatch(/^Basic /);
      await session.get(`${api.url}/other`);
      expect(other.calls[0]?.headers.authorization).toBeUndefined();
    } finally {
      await other.close();
    }
  });

  it("test_header_and_body_removal_on_redirect", async () => {
    api.on("POST /302").redirect("/get", 302);
    const { session } = testSession();
    await session.post(`${api.url}/302`, { form: { test: "data" } });
    expect([last()?.text(), last()?.headers["content-type"], last()?.headers["transfer-encoding"]]).toEqual(["", undefined, undefined]);
  });

  it("test_fragment_maintained_on_redirect, test_fragment_update_on_redirect", async () => {
    api.on("GET /1").redirect("/2");
    api.on("GET /2").redirect("/3#new");
    api.on("GET /3").redirect("/4");
    const { session } = testSession();
    expect((await session.get(`${api.url}/3#view=edit`)).url).toBe(`${api.url}/4#view=edit`);
    expect((await session.get(`${api.url}/1#old`)).url).toBe(`${api.url}/4#new`);
  });

  it("test_redirect_with_wrong_gzipped_header", async () => {
    api.on("GET /gzip").reply({ status: 302, headers: { location: "/get", "content-encoding": "gzip" }, body: Buffer.from("not gzip") });
    const { session } = testSession();
    expect((await session.get(`${api.url}/gzip`)).status).toBe(200);
  });

  it("test_uppercase_scheme_redirect, test_redirecting_to_bad_url", async () => {
    api.on("GET /upper").redirect(`${api.url.replace("http", "HTTP")}/get`);
    api.on("GET /bad").redirect("http://:1");
    const { session } = testSession();
    expect((await session.get(`${api.url}/upper`)).status).toBe(200);
    expect(await failureOf(session.get(`${api.url}/bad`))).toMatchObject({ code: "ERR_REDIRECT_REFUSED" });
  });
});

describe("test_requests.py: headers and auth", () => {
  it("test_BASICAUTH_TUPLE_HTTP_200_OK_GET, test_prepared_from_session", async () => {
    api.on("GET /basic").reply(({ headers }) => ({
      status: headers.authorization === `Basic ${Buffer.from("user:pass-word-1").toString("base64")}` ? 200 : 401,
    }));
    const { session } = testSession();
    expect((await session.get(`${api.url}/basic`, { auth: basic("user", "pass-word-1") })).status).toBe(200);
    expect((await session.get(`${api.url}/basic`)).status).toBe(401);
    expect((await session.extend({ auth: basic("user", "pass-word-1") }).get(`${api.url}/basic`)).status).toBe(200);
    const custom = session.extend({ auth: { scheme: "custom", sign: (request) => request.setHeader("Dummy-Auth-Test", "dummy") } });
    await custom.get(api.url);
    expect(last()?.headers["dummy-auth-test"]).toBe("dummy");
  });

  it("test_basicauth_encodes_byte_strings: user and password are UTF-8", async () => {
    const { session } = testSession();
    await session.get(api.url, { auth: basic("Ѓ", "пароль-1") });
    expect(Buffer.from(String(last()?.headers.authorization).slice(6), "base64").toString()).toBe("Ѓ:пароль-1");
  });

  it("test_user_agent_transfers, test_fixes_1329, test_headers_on_session_with_None_are_not_sent", async () => {
    const { session } = testSession({ headers: { ACCEPT: "application/json", accept: "application/xml", "X-None": null } });
    for (const name of ["User-agent", "user-agent"]) {
      await session.get(api.url, { headers: { [name]: "Mozilla/5.0" } });
      expect(last()?.rawHeaders.filter((each) => each.toLowerCase() === "user-agent")).toHaveLength(1);
      expect([last()?.headers["user-agent"], last()?.headers.accept, last()?.headers["x-none"]]).toEqual([
        "Mozilla/5.0",
        "application/xml",
        undefined,
      ]);
    }
  });

  it("test_header_validation, test_header_no_leading_space, test_unicode_header_name", async () => {
    const { session } = testSession();
    await session.get(api.url, { headers: { foo: "bar baz qux", empty: "" } });
    expect([last()?.headers["foo"], last()?.headers["empty"]]).toEqual(["bar baz qux", ""]);
    for (const headers of [{ foo: " bar" }, { " foo": "bar" }])
      expect(await failureOf(session.get(api.url, { headers }))).toMatchObject({ code: "ERR_INVALID_HEADER" });
    await session.put(api.url, { body: "\xff", headers: { "Content-Type": "application/octet-stream" } });
    expect(last()?.bytes()).toEqual(Buffer.from("\xff"));
  });

  it("test_no_content_length, test_empty_content_length", async () => {
    const { session } = testSession();
    for (const method of ["GET", "HEAD"]) {
      await session.request(method, api.url);
      expect(last()?.headers["content-length"]).toBeUndefined();
    }
    for (const method of ["POST", "PUT", "PATCH"]) {
      await session.request(method, api.url, { body: "" });
      expect(last()?.headers["content-length"]).toBe("0");
    }
  });
});
