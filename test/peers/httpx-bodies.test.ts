// The behaviours that encode/httpx tests (tests/test_decoders.py, test_content.py, test_multipart.py, test_timeouts.py), black-box, under their upstream names.
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { failureOf, raw, testSession } from "../test-session.ts";
import { scripted } from "./scripted.ts";

const peer = scripted();

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
    peer.api.on("GET /").reply({ body, headers: { "content-encoding": encoding } });
    expect((await testSession().session.get(peer.api.url)).text()).toBe("test 123");
  });

  it("test_empty_content, test_decoding_errors", async () => {
    const { session } = testSession();
    for (const encoding of ["gzip", "br", "deflate", "identity"]) {
      peer.api.on("GET /").reply({ body: Buffer.alloc(0), headers: { "content-encoding": encoding } });
      expect((await session.get(peer.api.url)).bytes()).toHaveLength(0);
    }
    for (const encoding of ["gzip", "br", "deflate"]) {
      peer.api.on("GET /").reply({ body: Buffer.from("\xff\xff invalid"), headers: { "content-encoding": encoding } });
      expect(await failureOf(session.get(peer.api.url))).toMatchObject({ name: "DecodeError" });
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
    await session.post(peer.api.url, { json: { clé: "valeur", liste: ["a", "b"] } });
    expect(peer.last()?.text()).toBe('{"clé":"valeur","liste":["a","b"]}');
    for (const value of [Number.NaN, Infinity, -Infinity])
      expect(await failureOf(session.post(peer.api.url, { json: { value } }))).toMatchObject({ code: "ERR_INVALID_BODY" });
    await session.post(peer.api.url, { form: { example: true, none: null } });
    expect(peer.last()?.text()).toBe("example=true&none=");
  });

  it("test_multipart, test_multipart_encode_files_allows_filenames_as_none, test_multipart_file_tuple, test_multipart_rewinds_files", async () => {
    const { session } = testSession();
    const files = { file: { content: "<file content>", name: "name.txt" }, bare: { content: "x", name: null } };
    for (let i = 0; i < 2; i += 1) {
      await session.post(peer.api.url, { form: { text: "abc" }, files });
      const boundary = /boundary=(.*)$/.exec(String(peer.last()?.headers["content-type"]))?.[1];
      expect(peer.last()?.text()).toBe(
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
