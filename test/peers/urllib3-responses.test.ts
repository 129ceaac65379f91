// The behaviours that urllib3 tests (test/test_response.py, test_util.py), black-box, under their upstream names.
import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { headerIn, reply } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";
import { scripted } from "./scripted.ts";

const peer = scripted();

describe("test_response.py", () => {
  it("test_chunked_response_with_extensions, test_decode_gzip_multi_member, test_incomplete_chunk", async () => {
    const members = Buffer.concat([gzipSync("foo"), gzipSync("bar")]);
    const answers = [
      Buffer.from("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3;foo=bar\r\nfoo\r\n3;x\r\nbar\r\n0\r\n\r\n"),
      reply("200 OK", members, { "content-encoding": "gzip" }),
      Buffer.from("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nfoo"),
    ];
    const wire = await raw(({ socket, head }) => void socket.end(answers[Number(/\/(\d) /.exec(head)?.[1])] ?? ""));
    const { session } = testSession({ retry: false });
    expect((await session.get(`${wire.url}/0`)).text()).toBe("foobar");
    expect((await session.get(`${wire.url}/1`)).text()).toBe("foobar");
    expect(await failureOf(session.get(`${wire.url}/2`))).toMatchObject({ code: "ERR_BODY_TRUNCATED" });
  });

  it('test_length_with_multiple_content_lengths (errand refuses "5, 5" too: RFC 9110 8.6 allows it)', async () => {
    const wire = await raw(
      ({ socket, index }) => void socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${index === 0 ? "5, 5, 5" : "5, 42"}\r\n\r\nhello`),
    );
    const { session } = testSession({ retry: false });
    for (let i = 0; i < 2; i += 1) expect(await failureOf(session.get(wire.url))).toMatchObject({ code: "ERR_MALFORMED_RESPONSE" });
  });

  it("test_read_multi_decoding_too_many_links, test_bad_decode", async () => {
    const { session } = testSession();
    for (const [encoding, body] of [
      ["gzip, gzip, gzip, gzip, gzip, gzip", gzipSync("x")],
      ["gzip", Buffer.from("garbage")],
      ["deflate", Buffer.from("garbage")],
    ] as const) {
      peer.api.on("GET /").reply({ body, headers: { "content-encoding": encoding } });
      expect(await failureOf(session.get(peer.api.url))).toMatchObject({ code: "ERR_DECODE" });
    }
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
