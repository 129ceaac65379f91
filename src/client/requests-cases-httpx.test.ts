// The behaviours that encode/httpx tests, black-box, under their upstream names. Where errand decides otherwise on purpose the title says so.
import { inspect } from "node:util";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { headerIn, reply } from "../../test/raw-server.ts";
import { failureOf, raw, testSession } from "../../test/test-session.ts";
import { basic } from "../auth/index.ts";
import type { HTTPError, TooManyRedirectsError } from "../errors/index.ts";
import { fakeServer, type FakeServer } from "../playground/index.ts";
import { attemptLog } from "./attempt-log.ts";
import type { Auth } from "../auth/index.ts";

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

describe("tests/client/test_auth.py", () => {
  it("test_auth_disable_per_request, test_auth_invalid_type, test_auth_hidden_header", async () => {
    const { session } = testSession({ auth: basic("tomchristie", "password123") });
    await session.get(api.url, { auth: null });
    expect(last()?.headers.authorization).toBeUndefined();
    expect(await failureOf(session.get(api.url, { auth: "not a tuple" as never }))).toMatchObject({ code: "ERR_INVALID_OPTION" });
    expect(inspect(basic("u", "password123"))).not.toContain("password123");
  });

  it("test_basic_auth_in_url, test_host_with_auth_and_port_in_url, test_host_with_non_default_port_in_url", async () => {
    const wire = await raw(({ socket }) => void socket.write(reply("200 OK")));
    const { session } = testSession();
    await session.get(wire.url.replace("//", "//tomchristie:password123@"));
    const [head] = wire.heads;
    expect([headerIn(head!, "authorization"), headerIn(head!, "host"), head!.split("\r\n")[0]]).toEqual([
      "Basic dG9tY2hyaXN0aWU6cGFzc3dvcmQxMjM=",
      `127.0.0.1:${wire.port}`,
      "GET / HTTP/1.1",
    ]);
  });
});

describe("tests/client/test_client.py", () => {
  it("test_get_invalid_url", async () => {
    const { session } = testSession();
    for (const url of ["invalid://example.org", "://example.org", "http://"])
      expect(await failureOf(session.get(url))).toMatchObject({ code: "ERR_INVALID_URL" });
  });

  it("test_merge_absolute_url (errand asks for allowAbsolute), test_merge_relative_url_with_path, test_merge_relative_url_with_encoded_slashes", async () => {
    const { session } = testSession({ baseUrl: `${api.url}/some/path` });
    expect(await failureOf(session.get(`${api.url}/x`))).toMatchObject({ code: "ERR_INVALID_URL" });
    await session.get(`${api.url}/x`, { allowAbsolute: true });
    await session.get("/testing/123");
    await session.get("/testing%2F123");
    expect(api.calls.map((call) => call.target)).toEqual(["/x", "/some/path/testing/123", "/some/path/testing%2F123"]);
  });

  it("test_merge_relative_url_with_dotted_path (errand: a path cannot climb out of its base)", async () => {
    const { session } = testSession({ baseUrl: `${api.url}/some/path` });
    expect(await failureOf(session.get("../testing/123"))).toMatchObject({ code: "ERR_INVALID_URL" });
  });

  it("test_client_closed_state_using_implicit_open", async () => {
    const { session } = testSession();
    await session.get(api.url);
    await session.close();
    expect(await failureOf(session.get(api.url))).toMatchObject({ code: "ERR_SESSION_CLOSED" });
  });

  it.each([200, 400, 404, 500, 505])("test_raise_for_status: %i", async (status) => {
    api.on("GET /").reply({ status });
    const { session } = testSession();
    const response = await session.get(api.url);
    if (status < 400) expect(response.raiseForStatus()).toBe(response);
    else expect(() => response.raiseForStatus()).toThrow(expect.objectContaining({ status, response }) as HTTPError);
  });

  it("test_stream_iterator, test_iter_raw_doesnt_return_empty_chunks, test_cannot_read_after_stream_consumed, test_cannot_read_after_response_closed", async () => {
    api.on("GET /").reply({ stream: ["Hello", "", ", ", "", "world!"] });
    const { session } = testSession();
    const response = await session.get(api.url, { stream: true });
    const seen: number[] = [];
    for await (const chunk of response.body) seen.push(chunk.byteLength);
    expect([seen.every((size) => size > 0), seen.reduce((sum, size) => sum + size)]).toEqual([true, 13]);
    expect(await failureOf(response.text())).toMatchObject({ code: "ERR_BODY_ALREADY_READ" });
  });

  it("test_header_merge_conflicting_headers, test_client_queryparams_echo, test_response_default_to_utf8_encoding", async () => {
    api.on("GET /").reply({ body: Buffer.from("grüße") });
    const { session } = testSession({ headers: { "X-Auth-Token": "FooBar" }, params: { first: "str" } });
    const response = await session.get(api.url, { headers: { "X-Auth-Token": "BazToken" }, params: { second: "dict" } });
    expect([last()?.headers["x-auth-token"], last()?.target, response.text()]).toEqual(["BazToken", "/?first=str&second=dict", "grüße"]);
  });

  it("test_event_hooks_with_redirect, test_event_hooks_raising_exception: as middleware", async () => {
    api.on("GET /redirect").redirect("/");
    const { session } = testSession();
    const seen: string[] = [];
    session.use((request, next) => {
      seen.push(request.url.pathname);
      return next(request);
    });
    await session.get(`${api.url}/redirect`);
    expect(seen).toEqual(["/redirect", "/"]);
    session.use(async (request, next) => {
      await next(request);
      throw new TypeError("hook");
    });
    expect(await failureOf(session.get(api.url))).toMatchObject({ message: "hook" });
    expect(api.connections).toBe(1);
  });

  it("test_sync_auth_history, test_sync_auth_reads_response_body (errand: an Auth refreshes after a 401; the answer is among the attempts)", async () => {
    let token = "old";
    api.on("GET /").reply(({ headers }) => ({ status: headers.authorization === "Bearer new" ? 200 : 401 }));
    const auth: Auth = {
      scheme: "repeat",
      sign: (request) => request.setHeader("Authorization", `Bearer ${token}`),
      refresh: async () => {
        token = "new";
        return true;
      },
    };
    const response = await testSession({ auth }).session.get(api.url);
    expect([response.status, response.attempts.map((attempt) => attempt.status)]).toEqual([200, [401, 200]]);
  });

  it("test_logging_request: one line a request when asked for, none otherwise", async () => {
    const lines: string[] = [];
    const { session } = testSession({}, { log: attemptLog({ ERRAND_LOG: "debug" }, (line) => lines.push(line)) });
    await session.get(api.url);
    expect(lines).toEqual([expect.stringMatching(/^errand: GET http:\/\/127\.0\.0\.1:\d+\/ attempt 1: 200 after \d+ ms\n$/)]);
    const failed: string[] = [];
    const quiet = testSession({}, { log: attemptLog({ ERRAND_LOG: "attempts" }, (line) => failed.push(line)) });
    await quiet.session.get(api.url);
    api.on("GET /").fail(503).reply();
    await quiet.session.get(api.url);
    expect([failed.length, failed[0]]).toEqual([2, expect.stringMatching(/attempt 1: 503 after .*; again in 1 s\n$/)]);
    expect([attemptLog({}), attemptLog({ ERRAND_LOG: "yes" })]).toEqual([undefined, undefined]);
  });
});

describe("tests/client/test_redirects.py", () => {
  it("test_body_redirect, test_head_redirect, test_no_scheme_redirect, test_can_stream_if_no_redirect", async () => {
    api.on("POST /308").redirect("/body", 308);
    api.on("HEAD /302").redirect("/");
    api.on("GET /no-scheme").redirect(`//127.0.0.1:${api.port}/`);
    const { session } = testSession();
    await session.post(`${api.url}/308`, { body: "Example request body" });
    expect([last()?.text(), last()?.headers["content-length"]]).toEqual(["Example request body", "20"]);
    await session.head(`${api.url}/302`);
    expect(last()?.method).toBe("HEAD");
    expect((await session.get(`${api.url}/no-scheme`)).url).toBe(`${api.url}/`);
    const stream = await session.get(`${api.url}/no-scheme`, { redirect: false, stream: true });
    expect([stream.status, stream.header("location")]).toEqual([302, `//127.0.0.1:${api.port}/`]);
    await stream.close();
  });

  it("test_cannot_redirect_streaming_body, test_redirect_custom_scheme", async () => {
    api.on("POST /308").redirect("/body", 308);
    api.on("POST /market").redirect("market://details?id=42");
    const { session } = testSession();
    for (const [path, options] of [
      ["/308", { body: chunks("x") }],
      ["/market", {}],
    ] as const)
      expect(await failureOf(session.post(api.url + path, options))).toMatchObject({ code: "ERR_REDIRECT_REFUSED" });
  });

  it("test_malformed_redirect (errand: a Location without a host is an error)", async () => {
    api.on("GET /malformed").redirect("https://:443/redirect");
    const { session } = testSession();
    expect(await failureOf(session.get(`${api.url}/malformed`))).toMatchObject({ code: "ERR_REDIRECT_REFUSED" });
  });

  it("test_multiple_redirects, test_sync_too_many_redirects, test_redirect_loop", async () => {
    api.on("GET /multiple").reply(({ query }) => {
      const count = Number(query.get("count"));
      return count === 0 ? {} : { status: 303, headers: { location: `/multiple?count=${count - 1}` } };
    });
    api.on("GET /loop").redirect("/loop");
    const { session } = testSession();
    const response = await session.get(`${api.url}/multiple?count=20`);
    expect([response.status, response.history.length, response.history[0]?.history]).toEqual([200, 20, []]);
    for (const path of ["/multiple?count=21", "/loop"])
      expect(((await failureOf(session.get(api.url + path))) as TooManyRedirectsError).code).toBe("ERR_TOO_MANY_REDIRECTS");
  });

  it("test_cross_domain_redirect_with_auth_header, test_same_domain_redirect", async () => {
    const other = await fakeServer();
    try {
      other.on("*").reply();
      api.on("GET /cross").redirect(`${other.url}/headers`);
      api.on("GET /same").redirect("/headers");
      const { session } = testSession();
      for (const path of ["/cross", "/same"]) await session.get(api.url + path, { headers: { Authorization: "abc-12345678" } });
      expect([other.calls[0]?.headers.authorization, last()?.headers.authorization]).toEqual([undefined, "abc-12345678"]);
    } finally {
      await other.close();
    }
  });
});

describe("tests/test_decoders.py", () => {
  it.each<[string, string, Uint8Array]>([
    ["test_gzip", "gzip", gzipSync("test 123")],
    ["test_deflate (raw)", "deflate", deflateRawSync("test 123")],
    ["test_deflate (zlib)", "deflate", deflateSync("test 123")],
    ["test_brotli", "br", brotliCompressSync("test 123")],
    ["test_zstd", "zstd", zstdCompressSync("test 123")],
    [
      "test_zstd_multiframe",
      "zstd",
      Buffer.concat([zstdCompressSync("test "), Buffer.from("502a4d1804000000deadbeef", "hex"), zstdCompressSync("123")]),
    ],
    ["test_multi", "deflate, gzip", gzipSync(deflateSync("test 123"))],
    ["test_multi_with_identity", "br, identity", brotliCompressSync("test 123")],
    ["test_invalid_content_encoding_header", "invalid-header", Buffer.from("test 123")],
  ])("%s", async (_name, encoding, body) => {
    api.on("GET /").reply({ body, headers: { "content-encoding": encoding } });
    expect((await testSession().session.get(api.url)).text()).toBe("test 123");
  });

  it("test_empty_content, test_decoding_errors", async () => {
    const { session } = testSession();
    for (const encoding of ["gzip", "br", "deflate", "identity"]) {
      api.on("GET /").reply({ body: Buffer.alloc(0), headers: { "content-encoding": encoding } });
      expect((await session.get(api.url)).bytes()).toHaveLength(0);
    }
    for (const encoding of ["gzip", "br", "deflate"]) {
      api.on("GET /").reply({ body: Buffer.from("\xff\xff invalid"), headers: { "content-encoding": encoding } });
      expect(await failureOf(session.get(api.url))).toMatchObject({ name: "DecodeError" });
    }
  });

  it.each<[string, string[], string[]]>([
    ["test_line_decoder_nl", ["a\n\nb", "\nc"], ["a", "", "b", "c"]],
    ["test_line_decoder_cr", ["a\r\rb", "\rc\r"], ["a", "", "b", "c"]],
    ["test_line_decoder_crnl", ["a\r", "\n\r\nb\r\n", "c"], ["a", "", "b", "c"]],
  ])("%s", async (_name, parts, expected) => {
    const wire = await raw(({ socket }) => {
      socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
      parts.forEach((part, index) => setTimeout(() => socket.write(`${part.length.toString(16)}\r\n${part}\r\n`), index * 4));
      setTimeout(() => socket.write("0\r\n\r\n"), parts.length * 4);
    });
    const seen: string[] = [];
    for await (const line of (await testSession().session.get(wire.url, { stream: true })).lines()) seen.push(line);
    expect(seen).toEqual(expected);
  });
});

describe("tests/test_content.py, tests/test_multipart.py", () => {
  it("test_separators_for_compact_json, test_allow_nan_false, test_urlencoded_boolean, test_urlencoded_none", async () => {
    const { session } = testSession();
    await session.post(api.url, { json: { clé: "valeur", liste: ["a", "b"] } });
    expect(last()?.text()).toBe('{"clé":"valeur","liste":["a","b"]}');
    for (const value of [Number.NaN, Infinity, -Infinity])
      expect(await failureOf(session.post(api.url, { json: { value } }))).toMatchObject({ code: "ERR_INVALID_BODY" });
    await session.post(api.url, { form: { example: true, none: null } });
    expect(last()?.text()).toBe("example=true&none=");
  });

  it("test_multipart, test_multipart_encode_files_allows_filenames_as_none, test_multipart_file_tuple, test_multipart_rewinds_files", async () => {
    const { session } = testSession();
    const files = { file: { content: "<file content>", name: "name.txt" }, bare: { content: "x", name: null } };
    for (let i = 0; i < 2; i += 1) {
      await session.post(api.url, { form: { text: "abc" }, files });
      const boundary = /boundary=(.*)$/.exec(String(last()?.headers["content-type"]))?.[1];
      expect(last()?.text()).toBe(
        [
          `--${boundary}\r\nContent-Disposition: form-data; name="text"\r\n\r\nabc\r\n`,
          `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="name.txt"\r\nContent-Type: text/plain\r\n\r\n<file content>\r\n`,
          `--${boundary}\r\nContent-Disposition: form-data; name="bare"\r\nContent-Type: application/octet-stream\r\n\r\nx\r\n`,
          `--${boundary}--\r\n`,
        ].join(""),
      );
    }
  });
});

describe("tests/test_timeouts.py", () => {
  it("test_connect_timeout, test_read_timeout, test_write_timeout, test_pool_timeout", async () => {
    const never = testSession({ retry: false, connectTimeout: "15ms" }, { lookup: () => undefined });
    expect(await failureOf(never.session.get("http://slow.test/"))).toMatchObject({ code: "ERR_TIMEOUT", phase: "dns" });
    const silent = await raw(({ socket }) => socket.pause());
    const { session } = testSession({ retry: false, timeout: "100ms", maxConnections: 1 });
    expect(await failureOf(session.get(silent.url))).toMatchObject({ code: "ERR_TIMEOUT", phase: "wait" });
    async function* large(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 1600; i += 1) yield Buffer.alloc(64 * 1024);
    }
    expect(await failureOf(session.put(silent.url, { body: large() }))).toMatchObject({ code: "ERR_TIMEOUT", phase: "send" });
    const open = await raw(({ socket }) => void socket.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nopen"));
    const stream = await session.get(open.url, { stream: true });
    expect(await failureOf(session.get(open.url))).toMatchObject({ code: "ERR_TIMEOUT", phase: "queue" });
    await stream.close();
  });
});
