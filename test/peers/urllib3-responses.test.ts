// The behaviours that urllib3 tests (test/test_response.py, test_util.py), black-box, under their upstream names.
import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { headerIn, reply } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";
import { scripted } from "./scripted.ts";

const peer = scripted();

/** Packed so many times. */
const pack = (times: number): Buffer => Array.from({ length: times }).reduce<Buffer>((body) => gzipSync(body), Buffer.from("packed"));

describe("test_response.py", () => {
  it.each<[string, string | Buffer, string]>([
    [
      "test_chunked_response_with_extensions: passed over",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3;foo=bar\r\nfoo\r\n3;x\r\nbar\r\n0\r\n\r\n",
      "foobar",
    ],
    [
      "test_decode_gzip_multi_member: all members",
      reply("200 OK", Buffer.concat([gzipSync("foo"), gzipSync("bar")]), { "content-encoding": "gzip" }),
      "foobar",
    ],
  ])("%s", async (_title, answer, text) => {
    const wire = await raw(({ socket }) => void socket.end(answer));
    expect((await testSession({ retry: false }).session.get(wire.url)).text()).toBe(text);
  });

  it("test_incomplete_chunk: a chunk that is cut short is an error", async () => {
    const wire = await raw(({ socket }) => void socket.end("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nfoo"));
    expect(await failureOf(testSession({ retry: false }).session.get(wire.url))).toMatchObject({ code: "ERR_BODY_TRUNCATED" });
  });

  it("test_length_with_multiple_content_lengths: the same length thrice is that length, another is an error", async () => {
    const wire = await raw(
      ({ socket, index }) => void socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${index === 0 ? "5, 5, 5" : "5, 42"}\r\n\r\nhello`),
    );
    const { session } = testSession({ retry: false });
    expect(await session.get(wire.url).text()).toBe("hello");
    expect(await failureOf(session.get(wire.url))).toMatchObject({ code: "ERR_MALFORMED_RESPONSE" });
  });

  it.each<[string, string, Buffer]>([
    ["test_read_multi_decoding_too_many_links: six codings", "gzip, gzip, gzip, gzip, gzip, gzip", pack(6)],
    ["test_bad_decode: garbage as gzip", "gzip", Buffer.from("garbage")],
    ["test_bad_decode: garbage as deflate", "deflate", Buffer.from("garbage")],
  ])("%s is a DecodeError", async (_title, encoding, body) => {
    peer.api.on("GET /").reply({ body, headers: { "content-encoding": encoding } });
    expect(await failureOf(testSession().session.get(peer.api.url))).toMatchObject({ name: "DecodeError", code: "ERR_DECODE" });
  });

  it("test_read_multi_decoding_too_many_links: five are undone", async () => {
    peer.api.on("GET /").reply({ body: pack(5), headers: { "content-encoding": Array(5).fill("gzip").join(", ") } });
    expect((await testSession().session.get(peer.api.url)).text()).toBe("packed");
  });

  it("test_memory_usage_decode_with_max_length, test_large_compressed_stream: a bomb is read in bounded pieces", async () => {
    peer.api.on("GET /").reply({ body: deflateSync(Buffer.alloc(10_000_000)), headers: { "content-encoding": "deflate" } });
    const { session } = testSession();
    let largest = 0;
    let total = 0;
    for await (const chunk of (await session.get(peer.api.url, { stream: true })).body) {
      largest = Math.max(largest, chunk.byteLength);
      total += chunk.byteLength;
    }
    expect([total, largest <= 1024 * 1024]).toEqual([10_000_000, true]);
  });
});

describe("test_util.py", () => {
  it("test_parse_url_remove_leading_zeros: a port of 0080 is 80, 08080 is 8080", async () => {
    const proxy = await raw(({ socket }) => void socket.write(reply("200 OK")));
    const { session } = testSession({ proxy: proxy.url });
    for (const url of ["http://google.com:0080/", "http://google.com:08080/"]) await session.get(url);
    expect(proxy.heads.map((head) => [head.split(" ")[1], headerIn(head, "host")])).toEqual([
      ["http://google.com/", "google.com"],
      ["http://google.com:8080/", "google.com:8080"],
    ]);
  });

  it.each([
    "http://google.com:foo",
    "http://::1/",
    "http://::1:80/",
    "http://google.com:-80",
    "http://google.com:65536",
    "http://google.com:\u00b2\u00b2",
    "http://a b/",
    "http://a\tb/",
    "http://a\u0000b/",
  ])("test_invalid_url, test_control_characters_in_host_raise: %j", async (url) => {
    expect(await failureOf(testSession().session.get(url))).toMatchObject({ code: "ERR_INVALID_URL" });
  });
});
