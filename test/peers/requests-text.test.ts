// The behaviours that psf/requests tests (tests/test_requests.py, test_utils.py: texts, encodings, header values), black-box, under their
// upstream names. Where errand decides otherwise on purpose the title says so.
import { describe, expect, it } from "vitest";
import { failureOf, testSession } from "../test-session.ts";
import { scripted } from "./scripted.ts";

const peer = scripted();

/** What a GET gives whose answer has this body and this type. */
async function answer(body: Buffer, type?: string) {
  peer.api.on("GET /").reply({ body, headers: type === undefined ? {} : { "content-type": type } });
  return testSession().session.get(peer.api.url);
}

describe("test_utils.py: encodings", () => {
  it("test_get_encoding_from_headers (errand: UTF-8, as httpx): a text without charset", async () => {
    expect((await answer(Buffer.from("Grüße"), "text/plain")).text()).toBe("Grüße");
    expect((await answer(Buffer.from("Grüße", "latin1"), "text/html; charset=ISO-8859-1")).text()).toBe("Grüße");
    expect((await answer(Buffer.from("Grüße"), "application/json")).text()).toBe("Grüße");
  });

  it.each<[string, string]>([
    ["test__parse_content_type_header: white space around the parameter", "application/json ; charset=latin1"],
    ["test__parse_content_type_header: quotes", 'application/json ; Charset="latin1"'],
    ["test__parse_content_type_header: single parameter without a value", "text/plain; foo; charset=latin1"],
    ["test__parse_content_type_header: empty parameters", "multipart/form-data; ; ; charset=latin1 ; "],
    ["test__parse_content_type_header: an equals sign in another value", 'text/plain; boundary="a=b"; charset=latin1'],
  ])("%s", async (_title, type) => {
    expect((await answer(Buffer.from("déjà-vu", "latin1"), type)).text()).toBe("déjà-vu");
  });

  it.each([
    ["test_precedence (errand does not look into the text for its encoding): HTML 5", '<meta charset="latin1">'],
    [
      "test_precedence (errand does not look into the text for its encoding): HTML 4",
      '<meta http-equiv="Content-type" content="text/html;charset=latin1">',
    ],
    ["test_precedence (errand does not look into the text for its encoding): XML", '<?xml version="1.0" encoding="latin1" ?>'],
  ])("%s", async (_title, text) => {
    expect((await answer(Buffer.from(`${text}ü`), "text/html")).text()).toBe(`${text}ü`);
  });

  const text = '{"clé":"valeur"}';
  const utf16be = Buffer.from(`\ufeff${text}`, "utf16le").swap16();
  it.each<[string, Buffer]>([
    ["test_encoded: UTF-8", Buffer.from(text)],
    ["test_encoded: UTF-8 with a byte order mark", Buffer.from(`\ufeff${text}`)],
    ["test_encoded: UTF-16 with a mark, little end first", Buffer.from(`\ufeff${text}`, "utf16le")],
    ["test_encoded: UTF-16 with a mark, big end first", utf16be],
  ])("%s", async (_title, body) => {
    expect((await answer(body, "application/json")).json()).toEqual({ clé: "valeur" });
  });

  it("test_encoded (errand: JSON is UTF-8, other encodings need a mark): UTF-16 without one and UTF-32 are an error, not a guess", async () => {
    const utf32 = Buffer.from(Uint32Array.from(Array.from(text), (character) => character.codePointAt(0) ?? 0).buffer);
    for (const body of [Buffer.from(text, "utf16le"), utf32]) {
      const response = await answer(body, "application/json");
      expect(() => response.json()).toThrow(expect.objectContaining({ code: "ERR_DECODE" }));
    }
  });

  it("test_empty_response_has_content_none: a response without a body has no bytes, and an empty text", async () => {
    peer.api.on("GET /none").reply({ status: 204 });
    const response = await testSession().session.get(`${peer.api.url}/none`);
    expect([response.bytes().byteLength, response.text()]).toEqual([0, ""]);
    expect(await failureOf(testSession().session.head(peer.api.url).json())).toMatchObject({ code: "ERR_DECODE" });
  });
});

describe("test_utils.py, test_requests.py: header values and statuses", () => {
  it.each<[string, string, string]>([
    ["test_valid: nothing to unquote", "Test", "Test"],
    ["test_valid: quotes", '"Test"', "Test"],
    ["test_valid: an escaped backslash", String.raw`"Test\\Comment"`, String.raw`Test\Comment`],
    ["test_valid: an escaped quote", String.raw`"a \"b\" c"`, 'a "b" c'],
    ["test_valid: a backslash before a common character", String.raw`"a\bc"`, "abc"],
  ])("%s", async (_title, quoted, unquoted) => {
    peer.api.on("GET /").reply({ headers: { link: `</next>; rel=next; title=${quoted}` } });
    expect((await testSession().session.get(peer.api.url)).links["next"]?.params["title"]).toBe(unquoted);
  });

  it("test_status_code_425: Too Early is known, and repeated on a new connection", async () => {
    peer.api.on("GET /").fail(425).reply({ text: "late enough" });
    const response = await testSession().session.get(peer.api.url);
    expect([response.text(), response.attempts.map(({ status }) => status), peer.api.connections]).toEqual(["late enough", [425, 200], 2]);
  });
});
