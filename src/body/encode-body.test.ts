import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { InvalidRequestError } from "../errors/index.ts";
import type { BodyOptions } from "./body-options.ts";
import { encodeBody } from "./encode-body.ts";
import type { EncodedBody } from "./encoded-body.ts";

async function sent(body: EncodedBody): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body.open()) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function now(options: BodyOptions): EncodedBody {
  const body = encodeBody(options);
  if (body === undefined || body instanceof Promise) throw new Error("a body at once was expected");
  return body;
}

async function* generate(...chunks: (string | Uint8Array)[]): AsyncGenerator<string | Uint8Array> {
  yield* chunks;
}

describe("encodeBody", () => {
  it.each([{}, { body: undefined, json: undefined, form: undefined, files: undefined }, { files: {} }, { files: { a: undefined, b: [] } }])(
    "has no body for %j",
    (options) => {
      expect(encodeBody(options)).toBeUndefined();
    },
  );

  it.each([
    ["json and body", { json: 1, body: "x" }],
    ["json and form", { json: null, form: {} }],
    ["json and files", { json: {}, files: {} }],
    ["body and form", { body: "", form: {} }],
    ["body and files", { body: "x", files: {} }],
  ])("refuses %s together and names both", (names, options) => {
    expect(() => encodeBody(options)).toThrow(InvalidRequestError);
    expect(() => encodeBody(options)).toThrow(`${names} cannot be given together`);
  });

  it("has the bytes of json, form, text and bytes at hand, for every attempt", async () => {
    const bytes = new Uint8Array([1, 0x61, 0x62, 2]).subarray(1, 3);
    const cases: readonly [BodyOptions, string, string | undefined][] = [
      [{ json: { a: 1 } }, '{"a":1}', "application/json"],
      [{ form: { a: 1 } }, "a=1", "application/x-www-form-urlencoded"],
      [{ body: "é" }, "é", "text/plain;charset=UTF-8"],
      [{ body: bytes }, "ab", undefined],
      [{ body: Uint8Array.from(bytes).buffer }, "ab", undefined],
      [{ body: new URLSearchParams({ a: "b c" }) }, "a=b+c", "application/x-www-form-urlencoded"],
    ];
    for (const [options, text, contentType] of cases) {
      const body = now(options);
      expect(body.bytes?.toString()).toBe(text);
      expect(body).toMatchObject({ contentType, contentLength: Buffer.byteLength(text), isReplayable: true });
      expect([await sent(body), await sent(body)]).toEqual([text, text]);
    }
  });

  it("sends an empty text as a body of length 0", async () => {
    const body = now({ body: "" });
    expect(body.contentLength).toBe(0);
    expect(await sent(body)).toBe("");
  });

  it("sends a Blob with its own type and length, again and again", async () => {
    const body = now({ body: new Blob(["é", "!"], { type: "text/csv" }) });
    expect(body).toMatchObject({ contentType: "text/csv", contentLength: 3, isReplayable: true });
    expect(body.bytes).toBeUndefined();
    expect([await sent(body), await sent(body)]).toEqual(["é!", "é!"]);
  });

  it.each([
    ["an async generator", () => generate("é", Uint8Array.of(0x21))],
    ["a Node stream", () => Readable.from([Buffer.from("é"), Buffer.from("!")])],
    ["a web stream", () => new Blob(["é!"]).stream()],
  ])("sends %s once, without a length, and never an empty second body", async (_name, make) => {
    const source = make();
    const body = now({ body: source });
    expect(body).toMatchObject({ contentLength: undefined, contentType: undefined, isReplayable: false });
    expect(await sent(body)).toBe("é!");
    expect(() => body.open()).toThrow(InvalidRequestError);
    expect(() => body.open()).toThrow(/one-shot stream and was already sent once/);
    expect(() => encodeBody({ body: source })).toThrow(/body is a stream that was already read/);
  });

  it("may be opened once even if the first attempt read nothing of the stream", () => {
    const body = now({ body: generate("a") });
    body.open();
    expect(() => body.open()).toThrow(/already sent once/);
  });

  it("refuses a web stream that somebody else reads", () => {
    const stream = new Blob(["x"]).stream();
    stream.getReader();
    expect(() => encodeBody({ body: stream })).toThrow(/body is a stream that somebody else is reading/);
  });

  it("closes the caller's stream when the attempt ends early", async () => {
    const stream = Readable.from(["a", "b", "c"]);
    for await (const chunk of now({ body: stream }).open()) {
      expect(Buffer.from(chunk).toString()).toBe("a");
      break;
    }
    expect(stream.destroyed).toBe(true);
  });

  it("passes an error of the caller's stream on unchanged", async () => {
    const own = new Error("disk on fire");
    async function* failing(): AsyncGenerator<string> {
      yield "a";
      throw own;
    }
    await expect(sent(now({ body: failing() }))).rejects.toBe(own);
  });

  it("refuses a stream of objects when the object comes", async () => {
    await expect(sent(now({ body: Readable.from([{ a: 1 }]) }))).rejects.toThrow("body gave an object where bytes or text are due");
  });

  it.each([
    [{ a: 1 }, "not an object"],
    [[1], "not an array"],
    [5, "not a number"],
    [null, "not null"],
    [new Map(), "not a Map"],
  ])("refuses the body %j and points to json and form", (body, message) => {
    const encode = (): unknown => encodeBody({ body: body as unknown as string });
    expect(encode).toThrow(InvalidRequestError);
    expect(encode).toThrow(message);
  });
});
