import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidRequestError } from "../../src/errors/index.ts";
import type { RequestOptions } from "../../src/client/index.ts";
import { timesTheRuns } from "../property-runs.ts";
import { headerIn, reply, type RawServer } from "../raw-server.ts";
import { failureOf, raw, testSession } from "../test-session.ts";

const smuggled = "x\r\nX-Smuggled: 1\r\n\r\nGET /smuggled HTTP/1.1\r\n";
const breaks = ["a\r\nb", "a\nb", "a\rb", "a\0b", "\r\n", smuggled];
const answering = (): Promise<RawServer> => raw(({ socket }) => void socket.write(reply("200 OK")));
type Options = Omit<RequestOptions, "stream">;

describe("a line break or a NUL", () => {
  it.each<[string, (text: string) => Options]>([
    ["a header's value", (text) => ({ headers: { "X-A": text } })],
    ["a header's name", (text) => ({ headers: { [text]: "x" } })],
    ["one of several values", (text) => ({ headers: { "X-A": ["fine", text] } })],
    ["the idempotency key", (text) => ({ idempotencyKey: text })],
    ["the Host header", (text) => ({ headers: { Host: text } })],
    ["the Cookie header", (text) => ({ headers: { Cookie: `a=${text}` } })],
  ])("in %s is refused before any I/O, and the error does not repeat it", async (_where, optionsWith) => {
    const wire = await answering();
    const { session } = testSession();
    for (const text of breaks) {
      const error = (await failureOf(session.post(wire.url, optionsWith(text)))) as InvalidRequestError;
      expect(error).toBeInstanceOf(InvalidRequestError);
      expect(error.message).not.toMatch(/[\r\n\0]/);
    }
    expect(wire.accepted).toBe(0);
  });

  it("in a path, a method or a base is refused before any I/O, and in a parameter it is encoded", async () => {
    const wire = await answering();
    const { session } = testSession();
    for (const text of breaks) {
      expect(await failureOf(session.get(`${wire.url}/${text}`))).toMatchObject({ code: "ERR_INVALID_URL" });
      expect(await failureOf(session.request(text, wire.url))).toBeInstanceOf(InvalidRequestError);
      expect(() => testSession({ baseUrl: `${wire.url}/${text}` })).toThrow(InvalidRequestError);
    }
    expect(wire.accepted).toBe(0);
    for (const text of breaks) await session.get(wire.url, { params: { a: text, [text]: "b" } });
    expect(wire.heads.map((head) => head.split("\r\n").filter((line) => /^(x-smuggled|get \/smuggled)/i.test(line)))).toEqual(
      breaks.map(() => []),
    );
    expect(wire.heads[0]).toMatch(/^GET \/\?a=a%0D%0Ab&a%0D%0Ab=b HTTP\/1\.1\r\n/);
  });

  it("in a file's name or a form's field stays inside its part", async () => {
    const wire = await answering();
    const { session } = testSession();
    const files = { [`f"${smuggled}`]: { content: "x", filename: `n"${smuggled}.txt` } };
    await session.post(wire.url, { files, form: { [`k"${smuggled}`]: "v" } });
    const body = wire.exchanges[0]?.body() ?? "";
    expect(body.match(/^Content-Disposition: form-data; name="[^"\r\n]*"(; filename="[^"\r\n]*")?\r$/gm)).toHaveLength(2);
    expect(body).not.toMatch(/^X-Smuggled/m);
  });
});

describe("a length", () => {
  it.each(["5", "3", "4, 4", "+4", "0x4", "4.0", "-4", "4 4", "1e1", "04"])(
    "of %j beside a body of four bytes is refused before any I/O",
    async (length) => {
      const wire = await answering();
      const { session } = testSession();
      const outcome = await session.post(wire.url, { body: "four", headers: { "Content-Length": length } }).then(
        () => "sent",
        (error: Error) => error.name,
      );
      expect(outcome).toBe("InvalidRequestError");
      expect(wire.accepted).toBe(0);
    },
  );

  it("with Transfer-Encoding, or without a body, is refused before any I/O", async () => {
    const wire = await answering();
    const { session } = testSession();
    const wrong: Options[] = [
      { body: "four", headers: { "Transfer-Encoding": "chunked" } },
      { body: "four", headers: { "transfer-encoding": "identity, chunked" } },
      { headers: { "Content-Length": "30" } },
    ];
    for (const options of wrong) expect(await failureOf(session.post(wire.url, options))).toBeInstanceOf(InvalidRequestError);
    expect(wire.accepted).toBe(0);
  });

  it.each([
    ["4", "4"],
    ["4", "0"],
    ["0", "4"],
    ["4", "30"],
  ])("given as %j and %j is refused, or goes out once and right", async (first, second) => {
    async function* four(): AsyncGenerator<string> {
      yield "four";
    }
    for (const body of [() => "four", four]) {
      const wire = await answering();
      const { session } = testSession();
      await session.post(wire.url, { body: body(), headers: { "Content-Length": [first, second] } }).catch((error: unknown) => {
        expect(error).toBeInstanceOf(InvalidRequestError);
      });
      for (const head of wire.heads) expect(head.match(/^(content-length|transfer-encoding): .*$/gim)).toEqual(["content-length: 4"]);
    }
  });
});

describe("whatever a caller gives", () => {
  it("is one well-formed request on the wire, with what was given in its place, or no request at all", async () => {
    const wire = await answering();
    const { session } = testSession();
    const piece = fc.constantFrom(
      "a",
      "Z",
      "9",
      " ",
      "\t",
      "\r",
      "\n",
      "\r\n",
      "\0",
      ":",
      ";",
      ",",
      '"',
      "%0d%0a",
      "\u00fc",
      "\u2028",
      "\ud800",
      "\x7f",
      smuggled,
    );
    const text = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(""));
    const given = fc.record({ name: text, value: text, path: text, param: text, body: text });
    await fc.assert(
      fc.asyncProperty(given, async ({ name, value, path, param, body }) => {
        const before = wire.exchanges.length;
        const options: Options = { headers: { "X-Value": value, ...(name === "" ? {} : { [name]: "n" }) }, params: { p: param }, body };
        const sent = await session.post(`${wire.url}/${path}`, options).then(
          () => true,
          (error: unknown) => {
            if (!(error instanceof InvalidRequestError)) throw error;
            return false;
          },
        );
        expect(wire.exchanges.length - before).toBe(sent ? 1 : 0);
        if (!sent) return;
        const { head } = wire.exchanges[before] ?? { head: "" };
        expect(head).toMatch(/^POST \/[!-~]* HTTP\/1\.1\r\n([!#$%&'*+.^_`|~0-9A-Za-z-]+: [^\r\n\0]*\r\n)+$/);
        expect([headerIn(head, "x-value") ?? "", headerIn(head, "content-length")]).toEqual([value, String(Buffer.byteLength(body))]);
      }),
      { numRuns: timesTheRuns(3) },
    );
  });
});
