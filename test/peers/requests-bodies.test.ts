// The behaviours that psf/requests tests (tests/test_requests.py, test_lowlevel.py: bodies), black-box, under their upstream names.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { FormFields } from "../../src/body/index.ts";
import type { RequestOptions } from "../../src/client/index.ts";
import { headerIn, reply } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";
import { chunks, scripted } from "./scripted.ts";

const peer = scripted();

describe("test_requests.py, test_lowlevel.py: bodies", () => {
  it("test_POSTBIN_GET_POST_FILES_WITH_DATA: the fields and the file are all in the body", async () => {
    const files = { some: { content: "file body", name: "requirements.txt" } };
    expect((await testSession().session.post(peer.api.url, { form: { some: "data" }, files })).status).toBe(200);
    expect(peer.last()?.text()).toContain('name="some"\r\n\r\ndata\r\n');
    expect(peer.last()?.text()).toContain('name="some"; filename="requirements.txt"\r\nContent-Type: text/plain\r\n\r\nfile body\r\n');
  });

  it("test_different_encodings_dont_break_post: form, params and file beyond ASCII together", async () => {
    const files = { file: { content: Buffer.from("\u00ff\u0000", "latin1"), name: "test_requests.py" } };
    const response = await testSession().session.post(peer.api.url, {
      form: { stuff: '{"a": 123}', ünï: "cødé" },
      params: { blah: "asdf1234ø" },
      files,
    });
    expect([response.status, peer.last()?.target]).toEqual([200, "/?blah=asdf1234%C3%B8"]);
    expect(peer.last()?.text()).toContain('name="ünï"\r\n\r\ncødé\r\n');
    expect(
      peer
        .last()
        ?.bytes()
        .includes(Buffer.from([0xff, 0])),
    ).toBe(true);
  });

  it("test_custom_content_type: a part has the type that it is given", async () => {
    const files = {
      file1: { content: "x", name: "test_requests.py" },
      file2: { content: "y", name: "test_requests", type: "text/py-content-type" },
    };
    await testSession().session.post(peer.api.url, { form: { stuff: '{"a": 123}' }, files });
    expect(peer.last()?.text()).toContain('name="file2"; filename="test_requests"\r\nContent-Type: text/py-content-type\r\n\r\ny');
  });

  it("test_invalid_files_input: a file that is undefined is left out, the others are sent", async () => {
    await testSession().session.post(peer.api.url, { files: { "random-file-1": undefined, "random-file-2": { content: "x", name: "a" } } });
    expect([peer.last()?.text().includes("random-file-1"), peer.last()?.text().includes('name="random-file-2"')]).toEqual([false, true]);
  });

  it.each<[string, RequestOptions]>([
    ["test_conflicting_post_params: a text together with files", { body: "x", files: { f: new Blob(["x"]) } }],
    ["test_json_param_post_should_not_override_data_param (errand: two bodies are an error)", { json: { a: 1 }, form: { b: 2 } }],
    ["test_json_param_post_should_not_override_data_param (errand: two bodies are an error): with a text", { json: { a: 1 }, body: "b" }],
  ])("%s", async (_title, options) => {
    expect(await failureOf(testSession().session.post(peer.api.url, { ...options, stream: false }))).toMatchObject({
      code: "ERR_INVALID_BODY",
    });
    expect(peer.api.calls).toHaveLength(0);
  });

  it("test_json_param_post_content_type_works: application/json, and the value", async () => {
    await testSession().session.post(peer.api.url, { json: { life: 42 } });
    expect([peer.last()?.headers["content-type"], peer.last()?.json()]).toEqual(["application/json", { life: 42 }]);
  });

  it("test_post_json_nan: what JSON cannot say is an error with its place, and nothing is sent", async () => {
    expect(await failureOf(testSession().session.post(peer.api.url, { json: { foo: Number.NaN } }))).toMatchObject({
      code: "ERR_INVALID_BODY",
      message: expect.stringContaining("foo"),
    });
    expect(peer.api.calls).toHaveLength(0);
  });

  it("test_form_encoded_post_query_multivalued_element: a list repeats its name", async () => {
    await testSession().session.post(peer.api.url, { form: { test: ["foo", "baz"] } });
    expect([peer.last()?.text(), peer.last()?.headers["content-type"]]).toEqual(["test=foo&test=baz", "application/x-www-form-urlencoded"]);
  });

  it("test_post_with_custom_mapping: URLSearchParams and pairs are forms too", async () => {
    for (const form of [new URLSearchParams({ some: "data" }), [["some", "data"]]]) {
      await testSession().session.post(peer.api.url, { form });
      expect(peer.last()?.text()).toBe("some=data");
    }
  });

  /** A generator's body as it came over the wire. */
  async function generated(): Promise<{ head: string; body: string; port: number }> {
    const wire = await raw(({ socket }) => void setTimeout(() => socket.write(reply("200 OK")), 15));
    await testSession().session.post(wire.url, { body: chunks("a", "bc") });
    return { head: wire.heads[0] ?? "", body: wire.exchanges[0]?.body() ?? "", port: wire.port };
  }

  it("test_chunked_upload: every chunk arrives", async () => {
    const { head, body } = await generated();
    expect([headerIn(head, "transfer-encoding"), body]).toEqual(["chunked", "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"]);
  });

  it("test_chunked_upload_does_not_set_content_length_header: Transfer-Encoding alone", async () => {
    const { head } = await generated();
    expect([headerIn(head, "transfer-encoding"), headerIn(head, "content-length")]).toEqual(["chunked", undefined]);
  });

  it("test_chunked_upload_doesnt_skip_host_header: one Host, with the port", async () => {
    const { head, port } = await generated();
    expect(head.match(/^host: [^\r]*/gim)?.map(String)).toEqual([`host: 127.0.0.1:${port}`]);
  });

  it.each<[string, string | Uint8Array]>([
    ["test_content_length_for_string_data_counts_bytes: of UTF-8, not characters", "This is a string containing multi-byte UTF-8 ☃️"],
    ["test_content_length_for_bytes_data", Buffer.from("☃️")],
  ])("%s", async (_title, body) => {
    await testSession().session.post(peer.api.url, { body });
    expect([peer.last()?.headers["content-length"], peer.last()?.text()]).toEqual([String(Buffer.byteLength(body)), String(body)]);
  });

  it("test_POSTBIN_GET_POST_FILES: nothing, a form, a file by its path, a text; a list of texts is an error", async () => {
    const folder = await mkdtemp(join(tmpdir(), "errand-peers-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, "requirements-dev.txt");
    await writeFile(path, "some-package==1.0\n");
    const { session } = testSession();
    for (const [options, type, part] of [
      [{}, undefined, ""],
      [{ form: { some: "data" } }, "application/x-www-form-urlencoded", "some=data"],
      [
        { files: { some: { path } } },
        "multipart/form-data",
        'filename="requirements-dev.txt"\r\nContent-Type: text/plain\r\n\r\nsome-package==1.0\n\r\n',
      ],
      [{ body: '[{"some": "json"}]' }, "text/plain", '[{"some": "json"}]'],
    ] as const) {
      expect((await session.post(peer.api.url, options)).status).toBe(200);
      expect(peer.last()?.headers["content-type"]?.split(";")[0]).toBe(type);
      expect(peer.last()?.text()).toContain(part);
    }
    for (const files of [["bad file data"], { some: "bad file data" }])
      expect(await failureOf(session.post(peer.api.url, { files: files as never }))).toMatchObject({ code: "ERR_INVALID_BODY" });
    expect(peer.api.calls).toHaveLength(4);
  });

  it.each<[string, FormFields, string]>([
    ["test_unicode_multipart_post: a text", { stuff: "ëlïxr" }, "ëlïxr"],
    ["test_unicode_multipart_post: a number", { stuff: 3 }, "3"],
    ["test_unicode_multipart_post_fieldnames: the name as it is, without artefacts", { stuff: "elixr" }, "elixr"],
    ["test_unicode_multipart_post_fieldnames: beyond ASCII, in UTF-8", { süß: "elixr" }, "elixr"],
  ])("%s", async (_title, form, value) => {
    await testSession().session.post(peer.api.url, { form, files: { file: { content: "x", name: "test_requests.py" } } });
    const [name] = Object.keys(form);
    expect(peer.last()?.text()).toContain(`Content-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
  });

  it("test_unicode_multipart_post: bytes of UTF-8, as a part without a file name", async () => {
    const files = { stuff: { content: Buffer.from("ëlïxr"), name: null, type: "text/plain" } };
    await testSession().session.post(peer.api.url, { files });
    expect(peer.last()?.text()).toContain('name="stuff"\r\nContent-Type: text/plain\r\n\r\nëlïxr\r\n');
  });

  it("test_rewind_partially_read_body, test_super_len_with_tell: what is left of the data is counted, sent, and sent again", async () => {
    peer.api.on("POST /redirect").redirect("/post", 307);
    await testSession().session.post(`${peer.api.url}/redirect`, { body: new Blob(["the data"]).slice(4) });
    expect(peer.api.calls.map((call) => [call.path, call.text(), call.headers["content-length"]])).toEqual([
      ["/redirect", "data", "4"],
      ["/post", "data", "4"],
    ]);
  });

  it("test_rewind_body_failed_tell: a stream whose beginning is gone is an error where it would be sent again", async () => {
    peer.api.on("POST /redirect").redirect("/post", 307);
    const body = chunks("the ", "data");
    await body.next();
    expect(await failureOf(testSession().session.post(`${peer.api.url}/redirect`, { body }))).toMatchObject({
      code: "ERR_REDIRECT_REFUSED",
    });
    expect(peer.api.calls.map((call) => call.text())).toEqual(["data"]);
  });
});
