// The behaviours that psf/requests tests (tests/test_requests.py, test_lowlevel.py, test_adapters.py), black-box, under their upstream
// names. Where errand decides otherwise on purpose the title says so. Proxies, cookies, digest and netrc are not here.
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { headerIn, reply } from "../../test/raw-server.ts";
import { failureOf, raw, testSession } from "../../test/test-session.ts";
import type { DecodeError, HTTPError } from "../errors/index.ts";
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

describe("test_requests.py, test_lowlevel.py: bodies", () => {
  it("test_POSTBIN_GET_POST_FILES_WITH_DATA, test_different_encodings_dont_break_post, test_custom_content_type, test_invalid_files_input", async () => {
    const { session } = testSession();
    const files = { file: { content: "file body", name: "a.txt", type: "text/py-content" }, none: undefined };
    expect((await session.post(`${api.url}/post`, { form: { some: "data", ünï: "cødé" }, files, params: { stuff: "øþ" } })).status).toBe(
      200,
    );
    const text = String(last()?.text());
    for (const part of [
      'name="some"\r\n\r\ndata',
      'name="file"; filename="a.txt"\r\nContent-Type: text/py-content\r\n\r\nfile body',
      "cødé",
    ])
      expect(text).toContain(part);
    expect(text).not.toContain("none");
  });

  it("test_conflicting_post_params, test_json_param_post_should_not_override_data_param (errand: two bodies are an error)", async () => {
    const { session } = testSession();
    for (const options of [
      { body: "x", files: { f: new Blob(["x"]) } },
      { json: { a: 1 }, form: { b: 2 } },
    ]) {
      expect(await failureOf(session.post(api.url, options))).toMatchObject({ code: "ERR_INVALID_BODY" });
    }
  });

  it("test_json_param_post_content_type_works, test_post_json_nan, test_form_encoded_post_query_multivalued_element, test_post_with_custom_mapping", async () => {
    const { session } = testSession();
    await session.post(api.url, { json: { life: 42 } });
    expect([last()?.headers["content-type"], last()?.json()]).toEqual(["application/json", { life: 42 }]);
    expect(await failureOf(session.post(api.url, { json: { foo: Number.NaN } }))).toMatchObject({ code: "ERR_INVALID_BODY" });
    await session.post(api.url, { form: { test: ["foo", "baz"] } });
    expect(last()?.text()).toBe("test=foo&test=baz");
    await session.post(api.url, { form: new URLSearchParams({ some: "data" }) });
    expect(last()?.text()).toBe("some=data");
  });

  it("test_chunked_upload, test_chunked_upload_does_not_set_content_length_header, test_chunked_upload_doesnt_skip_host_header", async () => {
    const wire = await raw(({ socket }) => void setTimeout(() => socket.write(reply("200 OK")), 15));
    const { session } = testSession();
    await session.post(wire.url, { body: chunks("a", "bc") });
    const [exchange] = wire.exchanges;
    expect([
      headerIn(exchange!.head, "transfer-encoding"),
      headerIn(exchange!.head, "content-length"),
      exchange!.head.match(/^host: /gim)?.length,
    ]).toEqual(["chunked", undefined, 1]);
    expect(headerIn(exchange!.head, "host")).toBe(`127.0.0.1:${wire.port}`);
  });

  it("test_content_length_for_string_data_counts_bytes, test_content_length_for_bytes_data", async () => {
    const { session } = testSession();
    for (const body of ["This is a string containing multi-byte UTF-8 ☃️", Buffer.from("☃️")]) {
      await session.post(api.url, { body });
      expect(last()?.headers["content-length"]).toBe(String(Buffer.byteLength(body)));
    }
  });
});

describe("test_requests.py, test_lowlevel.py: responses", () => {
  it("test_decompress_gzip, test_response_iter_lines", async () => {
    api.on("GET /gzip").reply({ body: gzipSync("hello"), headers: { "content-encoding": "gzip" } });
    api.on("GET /stream/4").reply({ stream: ["1\n2", "\n3\n", "4\n"] });
    const { session } = testSession();
    expect((await session.get(`${api.url}/gzip`)).text()).toBe("hello");
    const lines: string[] = [];
    for await (const line of (await session.get(`${api.url}/stream/4`, { stream: true })).lines()) lines.push(line);
    expect(lines).toEqual(["1", "2", "3", "4"]);
  });

  it("test_status_raising, test_http_error", async () => {
    api.on("GET /404").fail(404);
    api.on("GET /500").fail(500);
    const { session } = testSession();
    const error = (await failureOf(session.get(`${api.url}/404`).text())) as HTTPError;
    expect([error.name, error.response.status]).toEqual(["HTTPError", 404]);
    expect((await session.get(`${api.url}/500`)).ok).toBe(false);
  });

  it("test_json_decode_compatibility, test_response_json_when_content_is_None, test_json_decode_errors_are_serializable_deserializable", async () => {
    api.on("GET /bytes/20").reply({ body: Buffer.alloc(20, 0xf1) });
    api.on("GET /none").reply({ status: 204 });
    const { session } = testSession();
    const error = (await failureOf(session.get(`${api.url}/bytes/20`).json())) as DecodeError;
    expect([error.name, error.message.includes("\ufffd"), structuredClone(error).message, JSON.parse(JSON.stringify(error))]).toMatchObject(
      ["DecodeError", false, error.message, { code: "ERR_DECODE" }],
    );
    expect(await failureOf(session.get(`${api.url}/none`).json())).toMatchObject({ code: "ERR_DECODE" });
  });

  it("test_response_reason_unicode, test_response_reason_unicode_fallback: no crash, and the status is told", async () => {
    const wire = await raw(
      ({ socket, index }) =>
        void socket.write(
          Buffer.concat([
            Buffer.from("HTTP/1.1 404 "),
            Buffer.from("Komponenttia ei löydy", index === 0 ? "utf8" : "latin1"),
            Buffer.from("\r\ncontent-length: 0\r\n\r\n"),
          ]),
        ),
    );
    const { session } = testSession();
    expect(((await failureOf(session.get(wire.url).text())) as Error).message).toContain("answered 404 Komponenttia ei löydy");
    expect(((await failureOf(session.get(wire.url).text())) as Error).message).toMatch(/answered 404 Komponenttia ei l.ydy/);
  });

  it("test_time_elapsed_blank, test_response_context_manager, test_unconsumed_session_response_closes_connection", async () => {
    const { session } = testSession();
    expect((await session.get(api.url)).elapsedMs).toBeGreaterThan(0);
    const wire = await raw(({ socket }) => void socket.write(reply("200 OK", Buffer.alloc(3_000_000))));
    await (await session.get(wire.url, { stream: true })).close();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(wire.open).toBe(0);
  });

  it("test_iter_content_wraps_exceptions, test_chunked_encoding_error, test_conflicting_content_lengths", async () => {
    const answers = [
      ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "ERR_BODY_TRUNCATED"],
      ["HTTP/1.1 200 OK\r\ncontent-length: 16\r\ncontent-length: 32\r\n\r\n-- Bad Content Length --", "ERR_MALFORMED_RESPONSE"],
      ["HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nnope", "ERR_DECODE"],
    ] as const;
    const wire = await raw(({ socket, head }) => void socket.end(answers[Number(/^GET \/(\d)/.exec(head)?.[1])]?.[0] ?? ""));
    const { session } = testSession({ retry: false });
    for (const [index, [, code]] of answers.entries()) {
      expect(await failureOf(session.get(`${wire.url}/${index}`))).toMatchObject({ code });
      expect(await failureOf(session.get(`${wire.url}/${index}`, { stream: true }).then((response) => response.text()))).toMatchObject({
        code,
      });
    }
  });
});

describe("test_requests.py: timeouts and retries", () => {
  it("test_invalid_timeout, test_stream_timeout, test_read_timeout", async () => {
    api.on("GET /delay").hang();
    const { session } = testSession({ retry: false });
    for (const timeout of [[3, 4, 5], "foo"])
      expect(await failureOf(session.get(api.url, { timeout: timeout as never }))).toMatchObject({ code: "ERR_INVALID_OPTION" });
    for (const stream of [true, false] as const) {
      expect(
        await failureOf(
          stream ? session.get(`${api.url}/delay`, { timeout: "80ms", stream }) : session.get(`${api.url}/delay`, { timeout: "80ms" }),
        ),
      ).toMatchObject({ code: "ERR_TIMEOUT", phase: "wait" });
    }
  });

  it("test_urllib3_retries (errand returns the last answer; the shortcuts raise it)", async () => {
    api.on("GET /status/500").fail(500);
    const { session } = testSession({ retry: { attempts: 3 } });
    expect((await session.get(`${api.url}/status/500`)).attempts).toHaveLength(3);
    expect(await failureOf(session.get(`${api.url}/status/500`).text())).toMatchObject({ name: "HTTPError", status: 500 });
  });

  it("test_session_hooks_are_used_with_no_request_hooks, test_prepared_request_hook, test_hook_receives_request_arguments: as middleware", async () => {
    const { session } = testSession();
    const other = await testSession().session.get(`${api.url}/other`);
    const seen: string[] = [];
    session.use(async (request, next) => {
      seen.push(request.method);
      await next(request);
      return other;
    });
    expect([await session.get(api.url), seen]).toEqual([other, ["GET"]]);
  });
});
