// The behaviours that psf/requests tests (tests/test_requests.py, test_lowlevel.py: bodies), black-box, under their upstream names.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { FormFields } from "../../src/body/index.ts";
import { headerIn, reply } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";
import { chunks, scripted } from "./scripted.ts";

const peer = scripted();

describe("test_requests.py, test_lowlevel.py: bodies", () => {
  it("test_POSTBIN_GET_POST_FILES_WITH_DATA, test_different_encodings_dont_break_post, test_custom_content_type, test_invalid_files_input", async () => {
    const { session } = testSession();
    const files = { file: { content: "file body", name: "a.txt", type: "text/py-content" }, none: undefined };
    expect(
      (await session.post(`${peer.api.url}/post`, { form: { some: "data", ünï: "cødé" }, files, params: { stuff: "øþ" } })).status,
    ).toBe(200);
    const text = String(peer.last()?.text());
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
      expect(await failureOf(session.post(peer.api.url, options))).toMatchObject({ code: "ERR_INVALID_BODY" });
    }
  });

  it("test_json_param_post_content_type_works, test_post_json_nan, test_form_encoded_post_query_multivalued_element, test_post_with_custom_mapping", async () => {
    const { session } = testSession();
    await session.post(peer.api.url, { json: { life: 42 } });
    expect([peer.last()?.headers["content-type"], peer.last()?.json()]).toEqual(["application/json", { life: 42 }]);
    expect(await failureOf(session.post(peer.api.url, { json: { foo: Number.NaN } }))).toMatchObject({ code: "ERR_INVALID_BODY" });
    await session.post(peer.api.url, { form: { test: ["foo", "baz"] } });
    expect(peer.last()?.text()).toBe("test=foo&test=baz");
    await session.post(peer.api.url, { form: new URLSearchParams({ some: "data" }) });
    expect(peer.last()?.text()).toBe("some=data");
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
    expect(exchange!.body()).toBe("1\r\na\r\n2\r\nbc\r\n0\r\n\r\n");
  });

  it("test_content_length_for_string_data_counts_bytes, test_content_length_for_bytes_data", async () => {
    const { session } = testSession();
    for (const body of ["This is a string containing multi-byte UTF-8 ☃️", Buffer.from("☃️")]) {
      await session.post(peer.api.url, { body });
      expect(peer.last()?.headers["content-length"]).toBe(String(Buffer.byteLength(body)));
    }
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
