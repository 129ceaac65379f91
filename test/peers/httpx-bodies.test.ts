// The behaviours that encode/httpx tests (tests/test_decoders.py, test_content.py, test_multipart.py, test_timeouts.py), black-box, under their upstream names.
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { FormFields } from "../../src/body/index.ts";
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

  it.each(["gzip", "br", "deflate", "zstd", "identity"])("test_empty_content: nothing as %s is an empty body", async (encoding) => {
    peer.api.on("GET /").reply({ body: Buffer.alloc(0), headers: { "content-encoding": encoding } });
    expect((await testSession().session.get(peer.api.url)).bytes()).toHaveLength(0);
  });

  it.each(["gzip", "br", "deflate", "zstd"])("test_decoding_errors: a corrupt %s is a DecodeError", async (encoding) => {
    peer.api.on("GET /").reply({ body: Buffer.from("\u00ff\u00ff invalid", "latin1"), headers: { "content-encoding": encoding } });
    expect(await failureOf(testSession().session.get(peer.api.url))).toMatchObject({ name: "DecodeError" });
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
  it("test_separators_for_compact_json: no blanks, UTF-8 as it is", async () => {
    await testSession().session.post(peer.api.url, { json: { clé: "valeur", liste: ["a", "b"] } });
    expect(peer.last()?.text()).toBe('{"clé":"valeur","liste":["a","b"]}');
  });

  it.each([Number.NaN, Infinity, -Infinity])("test_allow_nan_false: %d is an error, and nothing is sent", async (value) => {
    expect(await failureOf(testSession().session.post(peer.api.url, { json: { value } }))).toMatchObject({ code: "ERR_INVALID_BODY" });
    expect(peer.api.calls).toHaveLength(0);
  });

  it.each<[string, FormFields, string]>([
    ["test_urlencoded_boolean: as JSON writes it", { example: true, other: false }, "example=true&other=false"],
    ["test_urlencoded_none: null is an empty value", { example: null }, "example="],
  ])("%s", async (_title, form, body) => {
    await testSession().session.post(peer.api.url, { form });
    expect(peer.last()?.text()).toBe(body);
  });

  /** The body between its boundaries. */
  const parts = (): string[] => {
    const boundary = /boundary=(.*)$/.exec(String(peer.last()?.headers["content-type"]))?.[1] ?? "none";
    const [before, ...rest] = String(peer.last()?.text()).split(`--${boundary}`);
    expect([before, rest.at(-1)]).toEqual(["", "--\r\n"]);
    return rest.slice(0, -1);
  };

  it("test_multipart: every byte of fields and files", async () => {
    await testSession().session.post(peer.api.url, { form: { text: "abc" }, files: { file: Buffer.from("<file content>") } });
    expect(parts()).toEqual([
      '\r\nContent-Disposition: form-data; name="text"\r\n\r\nabc\r\n',
      '\r\nContent-Disposition: form-data; name="file"; filename="file"\r\nContent-Type: application/octet-stream\r\n\r\n<file content>\r\n',
    ]);
  });

  it("test_multipart_encode_files_allows_filenames_as_none: name: null sends no filename", async () => {
    await testSession().session.post(peer.api.url, { files: { file: { content: "<file content>", name: null } } });
    expect(parts()).toEqual([
      '\r\nContent-Disposition: form-data; name="file"\r\nContent-Type: application/octet-stream\r\n\r\n<file content>\r\n',
    ]);
  });

  it("test_multipart_file_tuple: the type is guessed from the name", async () => {
    await testSession().session.post(peer.api.url, { files: { file: { content: "<file content>", name: "name.txt" } } });
    expect(parts()).toEqual([
      '\r\nContent-Disposition: form-data; name="file"; filename="name.txt"\r\nContent-Type: text/plain\r\n\r\n<file content>\r\n',
    ]);
  });

  it("test_multipart_rewinds_files: the same file, posted twice, is whole both times", async () => {
    const files = { file: new Blob(["Hello, world!"]) };
    const { session } = testSession();
    for (let round = 0; round < 2; round += 1) {
      await session.post(peer.api.url, { files });
      expect(parts()[0]).toContain("\r\n\r\nHello, world!\r\n");
    }
  });
});

describe("tests/test_timeouts.py", () => {
  const isTimeoutIn = (phase: string): Record<string, unknown> => ({ name: "TimeoutError", code: "ERR_TIMEOUT", phase });

  it("test_connect_timeout: a name that is never resolved", async () => {
    const { session } = testSession({ retry: false, connectTimeout: "15ms" }, { lookup: () => undefined });
    expect(await failureOf(session.get("http://slow.test/"))).toMatchObject(isTimeoutIn("dns"));
  });

  it("test_read_timeout: a server that is silent", async () => {
    const silent = await raw(() => undefined);
    expect(await failureOf(testSession({ retry: false, timeout: "100ms" }).session.get(silent.url))).toMatchObject(isTimeoutIn("wait"));
  });

  it("test_write_timeout: 100 MB for a server that does not read", async () => {
    const silent = await raw(({ socket }) => socket.pause());
    async function* large(): AsyncGenerator<Uint8Array> {
      for (let count = 0; count < 1600; count += 1) yield Buffer.alloc(64 * 1024);
    }
    const { session } = testSession({ retry: false, timeout: "100ms" });
    expect(await failureOf(session.put(silent.url, { body: large() }))).toMatchObject(isTimeoutIn("send"));
  });

  it("test_pool_timeout: the only connection is busy with a stream", async () => {
    const open = await raw(({ socket }) => void socket.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nopen"));
    const { session } = testSession({ retry: false, maxConnections: 1 });
    const stream = await session.get(open.url, { stream: true });
    expect(await failureOf(session.get(open.url, { timeout: "30ms" }))).toMatchObject(isTimeoutIn("queue"));
    await stream.close();
  });
});
