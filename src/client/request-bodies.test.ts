import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { headerIn, reply } from "../../test/raw-server.ts";
import { failureOf, raw, testSession } from "../../test/test-session.ts";
import type { RequestError } from "../errors/index.ts";
import { fakeServer, type FakeServer } from "../playground/index.ts";
import { literalSecret, secret, Secret } from "../secrets/index.ts";
import type { RequestOptions } from "./options.ts";

let api: FakeServer;
beforeEach(async () => {
  api = await fakeServer();
  api.on("* /").reply({ text: "ok" });
});
afterEach(() => api.close());

async function* chunks(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}
async function* breaking(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("begun");
  throw new TypeError("disk gone");
}

describe("bodies on the wire", () => {
  it.each<[string, Omit<RequestOptions, "stream">, string, string | undefined, string | undefined]>([
    ["json", { json: { a: [1, "ü"] } }, '{"a":[1,"ü"]}', "application/json", "14"],
    ["json null", { json: null }, "null", "application/json", "4"],
    ["form", { form: { a: 1, b: ["x y", "ü"], c: undefined } }, "a=1&b=x+y&b=%C3%BC", "application/x-www-form-urlencoded", "18"],
    ["text", { body: "grüße" }, "grüße", "text/plain;charset=UTF-8", "7"],
    ["empty text", { body: "" }, "", "text/plain;charset=UTF-8", "0"],
    ["bytes", { body: Buffer.from("raw") }, "raw", undefined, "3"],
    ["a Blob", { body: new Blob(["blob"], { type: "text/x-blob" }) }, "blob", "text/x-blob", "4"],
    ["URLSearchParams", { body: new URLSearchParams("a=1") }, "a=1", "application/x-www-form-urlencoded", "3"],
    ["a web stream", { body: new Blob(["web"]).stream() }, "web", undefined, undefined],
    ["a Node stream", { body: Readable.from(["no", "de"]) }, "node", undefined, undefined],
    ["an async iterable", { body: chunks("it", "er") }, "iter", undefined, undefined],
    ["an empty iterable", { body: chunks() }, "", undefined, undefined],
  ])("%s", async (_kind, options, text, type, length) => {
    const { session } = testSession();
    await session.post(api.url, options);
    const [call] = api.calls;
    expect([call?.text(), call?.headers["content-type"], call?.headers["content-length"] ?? (text === "" ? "0" : undefined)]).toEqual([
      text,
      type,
      length ?? (text === "" ? "0" : undefined),
    ]);
    if (length === undefined && text !== "") expect(call?.headers["transfer-encoding"]).toBe("chunked");
  });

  it("announces an empty body for POST, PUT and PATCH, and none for the others", async () => {
    const { session } = testSession();
    for (const method of ["POST", "PUT", "PATCH", "GET", "HEAD", "DELETE", "OPTIONS"]) await session.request(method, api.url);
    expect(api.calls.map((call) => [call.method, call.headers["content-length"]])).toEqual([
      ["POST", "0"],
      ["PUT", "0"],
      ["PATCH", "0"],
      ["GET", undefined],
      ["HEAD", undefined],
      ["DELETE", undefined],
      ["OPTIONS", undefined],
    ]);
    expect(api.calls.every((call) => call.headers["transfer-encoding"] === undefined)).toBe(true);
  });

  it.each(["GET", "DELETE"])("%s with an empty body is a request without one, not one whose chunks never come", async (method) => {
    const { session } = testSession({ timeout: 2000, retry: false });
    const response = await session.request(method, api.url, { body: Buffer.alloc(0) });
    expect(response.status).toBe(200);
    expect(api.calls[0]?.headers).not.toHaveProperty("transfer-encoding");
  });

  it("sends a body with GET and DELETE too, on a connection that stays in step", async () => {
    const { session } = testSession();
    await session.get(api.url, { json: { q: 1 } });
    await session.delete(api.url, { json: { q: 2 } });
    await session.get(api.url);
    expect(api.calls.map((call) => call.text())).toEqual(['{"q":1}', '{"q":2}', ""]);
  });

  it("reads files by path for each attempt anew, with their length", async () => {
    const directory = await mkdtemp(join(tmpdir(), "errand-"));
    try {
      const path = join(directory, "report.txt");
      await writeFile(path, "from disk".repeat(20_000));
      api.on("PUT /").fail(503).reply();
      const { session } = testSession();
      await session.put(api.url, { body: { path } });
      expect(api.calls.map((call) => [call.bytes().length, call.headers["content-length"], call.headers["content-type"]])).toEqual(
        [1, 2].map(() => [180_000, "180000", "text/plain"]),
      );
      const multipart = await session.post(api.url, { files: { file: { path }, note: new Blob(["n"]) }, form: { a: "1" } });
      const [, , upload] = api.calls;
      expect([multipart.status, upload?.headers["content-type"], Number(upload?.headers["content-length"])]).toEqual([
        200,
        expect.stringMatching(/^multipart\/form-data; boundary=errand-/),
        upload?.bytes().length,
      ]);
      expect(upload?.text()).toMatch(/name="a"\r\n\r\n1\r\n.*name="file"; filename="report.txt"\r\n/s);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it("sends a one-shot stream once: it is never retried, and never sent empty", async () => {
    api.on("PUT /").fail(503);
    const { session } = testSession();
    const body = chunks("once");
    const response = await session.put(api.url, { body });
    expect([response.status, response.attempts[0]?.stopped, api.calls.length]).toEqual([503, "body", 1]);
    expect(response.explain()).toMatch(/no further attempt: the body is a stream that can be sent only once/);
    expect(await failureOf(session.put(api.url, { body }))).toMatchObject({ code: "ERR_INVALID_BODY" });
    expect(api.calls).toHaveLength(1);
  });

  it("tells the caller's own stream failing from the network failing", async () => {
    const { session } = testSession();
    const error = (await failureOf(session.put(api.url, { body: breaking() }))) as RequestError;
    expect(error).toMatchObject({ name: "InvalidRequestError", code: "ERR_INVALID_BODY", cause: { message: "disk gone" } });
    expect(error.message).toMatch(/the body's source failed while it was being sent: disk gone/);
    expect(error.attempts).toHaveLength(1);
  });
});

describe("what cannot be sent", () => {
  it.each<[string, unknown, RegExp]>([
    ["two bodies", { json: 1, body: "x" }, /json and body cannot be given together/],
    ["text and files", { body: "x", files: { a: new Blob(["a"]) } }, /body and files cannot be given together/],
    ["NaN", { json: { a: [Number.NaN] } }, /\$\.a\[0\] is NaN/],
    ["a circle", { json: circle() }, /is a circle/],
    ["an object as body", { body: { a: 1 } }, /body must be text, bytes/],
    ["a file that is not there", { body: { path: "/nowhere/at/all" } }, /\/nowhere\/at\/all does not exist/],
    [
      "a wrong Content-Length",
      { body: "four", headers: { "Content-Length": "5" } },
      /headers.content-length says 5, but the body has 4 bytes/,
    ],
    ["a Content-Length without a body", { headers: { "Content-Length": "5" } }, /headers.content-length says 5, but there is no body/],
    [
      "a multipart type beside files",
      { files: { a: new Blob(["a"]) }, headers: { "content-type": "multipart/form-data" } },
      /headers.content-type cannot be set together with files/,
    ],
  ])("%s is refused before any I/O", async (_name, options, message) => {
    const { session } = testSession();
    const error = await failureOf(session.post(api.url, options as Omit<RequestOptions, "stream">));
    expect(error).toMatchObject({ name: "InvalidRequestError", message: expect.stringMatching(message) });
    expect(api.connections).toBe(0);
  });

  it("a stream longer or shorter than its Content-Length fails instead of running into the next message", async () => {
    const { session } = testSession({ retry: false });
    for (const length of ["3", "8"]) {
      const error = await failureOf(session.post(api.url, { body: chunks("four", "!"), headers: { "Content-Length": length } }));
      expect(error).toMatchObject({ name: "InvalidRequestError", code: "ERR_INVALID_BODY" });
    }
    await session.post(api.url, { body: chunks("four", "!"), headers: { "Content-Length": "5" } });
    expect(api.calls.at(-1)?.text()).toBe("four!");
  });

  function circle(): object {
    const value: Record<string, unknown> = {};
    value["self"] = value;
    return value;
  }
});

describe("an answer before the upload is complete", () => {
  it.each(["stream", "bytes"])("is returned, not EPIPE: a 413 in the middle of 20 MB of %s", async (kind) => {
    let sent = 0;
    async function* large(): AsyncGenerator<Uint8Array> {
      for (; sent < 320; sent += 1) yield Buffer.alloc(64 * 1024);
    }
    const wire = await raw(({ socket, head }) => {
      if (headerIn(head, "content-length") === "0") return;
      socket.pause();
      socket.end(reply("413 Content Too Large", "too much", { connection: "close" }));
      setTimeout(() => socket.destroy(), 30);
    });
    const { session } = testSession();
    for (let i = 0; i < 3; i += 1) {
      sent = 0;
      const response = await session.post(wire.url, { body: kind === "stream" ? large() : Buffer.alloc(20_000_000) });
      expect([response.status, response.text()]).toEqual([413, "too much"]);
    }
  });

  it("does not leave the rest of the upload to be read as a request", async () => {
    api.on("POST /").reply({ status: 401, text: "who are you" }, { early: true });
    const { session } = testSession();
    const response = await session.post(api.url, { body: Buffer.alloc(5_000_000) });
    expect(response.status).toBe(401);
    expect((await session.get(`${api.url}/`)).text()).toBe("ok");
  });
});

describe("Secrets in a body", () => {
  const token = literalSecret("s3cret-t0ken-value", "token");

  it("inside json and form are opened, at any depth, and never sent as the text they show", async () => {
    process.env["ERRAND_TEST_BODY"] = "from-the-environment";
    const { session } = testSession();
    await session.post(api.url, {
      json: { a: { b: [token, { toJSON: () => ({ c: token }) }] }, env: secret("env:ERRAND_TEST_BODY"), plain: "x", when: new Date(0) },
    });
    await session.post(api.url, { form: { user: "u", password: token, more: ["x", token] } });
    await session.post(api.url, { files: { f: new Blob(["x"]) }, form: { password: token } });
    expect(api.calls[0]?.json()).toEqual({
      a: { b: ["s3cret-t0ken-value", { c: "s3cret-t0ken-value" }] },
      env: "from-the-environment",
      plain: "x",
      when: "1970-01-01T00:00:00.000Z",
    });
    expect(api.calls[1]?.text()).toBe("user=u&password=s3cret-t0ken-value&more=x&more=s3cret-t0ken-value");
    expect(api.calls[2]?.text()).toContain("s3cret-t0ken-value");
    expect(api.calls.every((call) => !call.text().includes("[secret"))).toBe(true);
  });

  it("that come later are waited for; those that cannot be read are an error without I/O", async () => {
    const slow = new Secret("slow", { ttlMs: undefined, read: async () => "slow-secret-value" });
    const { session } = testSession();
    await session.post(api.url, { json: { slow } });
    expect(api.calls[0]?.json()).toEqual({ slow: "slow-secret-value" });
    expect(await failureOf(session.post(api.url, { json: { x: secret("env:ERRAND_TEST_UNSET") } }))).toMatchObject({
      name: "InvalidRequestError",
      code: "ERR_SECRET",
    });
    expect(api.calls).toHaveLength(1);
  });

  it("leaves a text that only looks like one alone", async () => {
    const { session } = testSession();
    await session.post(api.url, { json: { log: "token is [secret env:X]" } });
    expect(api.calls[0]?.json()).toEqual({ log: "token is [secret env:X]" });
  });
});
