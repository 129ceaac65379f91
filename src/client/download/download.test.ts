import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { get as httpGet } from "node:http";
import { hostname, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { reply as rawReply } from "../../../test/raw-server.ts";
import { failureOf, raw, server as fakeServerForTest, testSession } from "../../../test/test-session.ts";
import type { DownloadProgress } from "../../body/index.ts";
import type { FakeCall, FakeReply, FakeServer } from "../../playground/index.ts";
import { resolveRetry, RetryBudget, type RetryOptions } from "../../retry/index.ts";
import type { RequestOptions } from "../options.ts";
import { download } from "./download.ts";
import type { DownloadOptions, DownloadResult, DownloadSource } from "./download-options.ts";
import { lookAtTarget } from "./target-path.ts";

const etag = '"v1"';
const content = Buffer.from(Array.from({ length: 4000 }, (_, index) => `line ${index}\n`).join(""));
const sha256 = createHash("sha256").update(content).digest("hex");

let directory: string;
let api: FakeServer;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "errand-download-"));
  api = await fakeServerForTest();
});
afterEach(() => rm(directory, { recursive: true }));

const at = (name: string): string => join(directory, name);
const listing = async (): Promise<string[]> => (await readdir(directory)).sort();

interface Fixture {
  readonly fetch: (path: string, target?: string, options?: DownloadOptions) => Promise<DownloadResult>;
  readonly source: (path: string, options?: RequestOptions) => DownloadSource;
  readonly waits: number[];
}

/** Downloads through a session whose waits take no time. */
function fixture(retry?: RetryOptions | false, seams: Partial<DownloadSource> = {}): Fixture {
  const { session } = testSession({ retry });
  const waits: number[] = [];
  const source = (path: string): DownloadSource => {
    const url = new URL(path, api.url);
    return {
      url,
      open: (options) => session.get(url, { ...options, stream: true }),
      retry: resolveRetry(retry),
      budget: new RetryBudget(),
      sleep: async (ms) => void waits.push(ms),
      now: () => performance.now(),
      random: () => 1,
      ...seams,
    };
  };
  return { source, waits, fetch: (path, target, options) => download(source(path), target, options) };
}

/** Answers with the file, or the range that is asked for, as a right server does. */
function file(extra: FakeReply = {}, bytes: Buffer = content, tag: string = etag): (call: FakeCall) => FakeReply {
  return (call) => {
    const from = Number(/^bytes=(\d+)-$/.exec(call.headers.range ?? "")?.[1] ?? Number.NaN);
    const headers = { etag: tag, ...extra.headers };
    if (Number.isNaN(from) || call.headers["if-range"] !== tag) return { body: bytes, ...extra, headers };
    if (from >= bytes.length) return { status: 416, headers: { "content-range": `bytes */${bytes.length}` } };
    return {
      status: 206,
      body: bytes.subarray(from),
      ...extra,
      headers: { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}`, ...headers },
    };
  };
}

/** Leaves a part behind; the next answer is the test's. */
async function leavePart(name: string, sizeBytes: number): Promise<void> {
  api.on("GET /file").reply(file({ cutAfterBytes: sizeBytes }));
  const { fetch } = fixture(false);
  await failureOf(fetch("/file", at(name)));
  expect((await readFile(at(`${name}.part`))).length).toBe(sizeBytes);
}

const ranges = (): (string | undefined)[] => api.calls.map((call) => call.headers.range);

describe("download()", () => {
  it("writes the file under its name when it is whole, and nothing else stays", async () => {
    api.on("GET /file").reply(file());
    const { fetch } = fixture();
    const result = await fetch("/file", at("web.tgz"), { sha256 });
    expect(result).toMatchObject({ path: at("web.tgz"), sizeBytes: content.length, resumedBytes: 0, response: { status: 200 } });
    expect((await readFile(at("web.tgz"))).equals(content)).toBe(true);
    expect(await listing()).toEqual(["web.tgz"]);
    expect(api.calls[0]?.headers).toMatchObject({ "accept-encoding": "identity" });
    expect(api.calls[0]?.headers).not.toHaveProperty("range");
  });

  it("writes an empty file", async () => {
    api.on("GET /file").reply(file({}, Buffer.alloc(0)));
    const { fetch } = fixture();
    expect(await fetch("/file", at("empty"))).toMatchObject({ sizeBytes: 0 });
    expect([await listing(), (await readFile(at("empty"))).length]).toEqual([["empty"], 0]);
  });

  it("shows nothing under the final name while it runs, and a record without the URL", async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    api.on("GET /file").reply(() => ({
      headers: { etag },
      stream: async function* () {
        yield content.subarray(0, 1000);
        await gate;
        yield content.subarray(1000);
      },
    }));
    const { fetch } = fixture();
    const running = fetch("/file?signature=hush-hush-1234", at("web.tgz"));
    await expect.poll(async () => (await readFile(at("web.tgz.part")).catch(() => Buffer.alloc(0))).length).toBe(1000);
    expect(await listing()).toEqual(["web.tgz.part", "web.tgz.part.json", "web.tgz.part.lock"]);
    const record = await readFile(at("web.tgz.part.json"), "utf8");
    expect(JSON.parse(record)).toMatchObject({ validator: etag });
    expect(record).not.toMatch(/hush|signature|127\.0\.0\.1/);
    release();
    await running;
    expect(await listing()).toEqual(["web.tgz"]);
  });

  it("takes a body without a length to its end", async () => {
    api.on("GET /file").reply({ stream: [content.subarray(0, 10), content.subarray(10)] });
    const { fetch } = fixture();
    const progress: DownloadProgress[] = [];
    expect(await fetch("/file", at("f"), { sha256, onProgress: (each) => progress.push(each) })).toMatchObject({
      sizeBytes: content.length,
    });
    expect(progress.at(-1)).toMatchObject({ receivedBytes: content.length, isDone: true });
    expect(progress.at(-1)).not.toHaveProperty("totalBytes");
  });

  it("tells its progress from the first byte to the last", async () => {
    api.on("GET /file").reply(file());
    const { fetch } = fixture();
    const progress: DownloadProgress[] = [];
    await fetch("/file", at("f"), { onProgress: (each) => progress.push(each) });
    expect(progress[0]).toMatchObject({ direction: "download", receivedBytes: 0, totalBytes: content.length, isDone: false });
    expect(progress.at(-1)).toMatchObject({ receivedBytes: content.length, fraction: 1, isDone: true });
  });

  it("follows redirects", async () => {
    api.on("GET /latest").redirect("/file");
    api.on("GET /file").reply(file());
    const { fetch } = fixture();
    await fetch("/latest", at("f"), { sha256 });
    expect(await listing()).toEqual(["f"]);
  });
});

describe("what goes wrong before the bytes", () => {
  it("raises for a final error status, and leaves nothing", async () => {
    api.on("GET /file").fail(404);
    const { fetch } = fixture();
    expect(await failureOf(fetch("/file", at("f")))).toMatchObject({ name: "HTTPError", status: 404 });
    expect(await listing()).toEqual([]);
  });

  it.each([204, 205, 304, 206, 201])("refuses a %i, which is no file", async (status) => {
    api.on("GET /file").reply({ status });
    const { fetch } = fixture();
    expect(await failureOf(fetch("/file", at("f")))).toMatchObject({
      code: "ERR_DECODE",
      message: expect.stringContaining(`answered ${status}, which brings no file`),
    });
    expect(await listing()).toEqual([]);
  });

  it("refuses a login page in place of an archive, and takes it when told to", async () => {
    const page = { body: Buffer.from("<html>Please log in"), headers: { "content-type": "text/html; charset=utf-8" } };
    api.on("GET /file").reply(page);
    const { fetch } = fixture();
    for (const name of ["web.tgz", "values.yaml", "report.pdf"]) {
      expect(await failureOf(fetch("/file", at(name)))).toMatchObject({
        name: "DecodeError",
        code: "ERR_DECODE",
        message: expect.stringContaining(`an HTML page (text/html; charset=utf-8) where ${name} was expected`),
      });
    }
    expect(await listing()).toEqual([]);
    for (const name of ["page.html", "page", "page.htm"]) await fetch("/file", at(name));
    await fetch("/file", at("web.tgz"), { html: true });
    expect(await listing()).toEqual(["page", "page.htm", "page.html", "web.tgz"]);
  });

  it("keeps a part when a login page comes in place of its rest", async () => {
    await leavePart("web.tgz", 1000);
    api
      .on("GET /file")
      .reply({ text: "<html>", headers: { "content-type": "text/html" } })
      .reply(file());
    const { fetch } = fixture();
    expect(await failureOf(fetch("/file", at("web.tgz")))).toMatchObject({
      code: "ERR_DECODE",
      message: expect.stringContaining("1000 bytes are kept in"),
    });
    expect(await fetch("/file", at("web.tgz"), { sha256 })).toMatchObject({ resumedBytes: 1000 });
  });

  it.each<[options: object, message: RegExp]>([
    [{ sha256: "abc" }, /^sha256 takes 64 hexadecimal digits/],
    [{ sha256: 5 }, /^sha256 takes/],
    [{ resume: "no" }, /^resume takes true or false/],
    [{ onProgress: true }, /^onProgress takes a function/],
    [{ headers: { Range: "bytes=0-" } }, /^headers.Range cannot be set/],
    [{ headers: { "accept-encoding": "gzip" } }, /^headers.accept-encoding cannot be set/],
    [{ stream: true }, /^stream is not an option of a download/],
    [{ json: {} }, /^json is not an option/],
    [{ shA256: "x" }, /^shA256 is not an option/],
  ])("refuses the options %j", async (options, message) => {
    const { fetch } = fixture();
    expect(await failureOf(fetch("/file", at("f"), options as DownloadOptions))).toMatchObject({
      name: "InvalidRequestError",
      code: "ERR_INVALID_OPTION",
      message: expect.stringMatching(message),
    });
    expect(api.calls).toHaveLength(0);
  });

  it("takes a checksum as sha256sum and registries write it", async () => {
    api.on("GET /file").reply(file());
    const { fetch } = fixture();
    await fetch("/file", at("a"), { sha256: sha256.toUpperCase() });
    await fetch("/file", at("b"), { sha256: `sha256:${sha256}` });
    expect(await listing()).toEqual(["a", "b"]);
  });
});

describe("the target", () => {
  it("is never overwritten unless told", async () => {
    api.on("GET /file").reply(file());
    await writeFile(at("f"), "mine");
    const { fetch } = fixture();
    expect(await failureOf(fetch("/file", at("f")))).toMatchObject({
      name: "InvalidRequestError",
      message: expect.stringMatching(/f exists already$/),
      hint: expect.stringContaining("overwrite: true"),
    });
    expect([api.calls.length, await readFile(at("f"), "utf8")]).toEqual([0, "mine"]);
    await fetch("/file", at("f"), { overwrite: true, sha256 });
    expect((await readFile(at("f"))).equals(content)).toBe(true);
    expect(await listing()).toEqual(["f"]);
  });

  it("is not overwritten either when it appears during the download; what came is kept", async () => {
    api.on("GET /file").reply(async (call) => {
      await writeFile(at("f"), "mine");
      return file()(call);
    });
    const { fetch } = fixture();
    expect(await failureOf(fetch("/file", at("f")))).toMatchObject({
      message: expect.stringMatching(/f exists already; \d+ bytes are kept/),
    });
    expect([await readFile(at("f"), "utf8"), await listing()]).toEqual(["mine", ["f", "f.part", "f.part.json"]]);
    expect(await fetch("/file", at("f"), { overwrite: true, sha256 })).toMatchObject({ resumedBytes: content.length - 1 });
  });

  it("keeps an old file whole when its replacement fails", async () => {
    api.on("GET /file").reply(file({ cutAfterBytes: 100 }));
    await writeFile(at("f"), "mine");
    const { fetch } = fixture(false);
    await failureOf(fetch("/file", at("f"), { overwrite: true }));
    expect(await readFile(at("f"), "utf8")).toBe("mine");
  });

  it("may be a symbolic link, which is replaced and not followed", async () => {
    api.on("GET /file").reply(file());
    await writeFile(at("other"), "other");
    await symlink(at("other"), at("f"));
    const { fetch } = fixture();
    expect(await failureOf(fetch("/file", at("f")))).toMatchObject({ message: expect.stringContaining("exists already") });
    await fetch("/file", at("f"), { overwrite: true });
    expect([await readFile(at("other"), "utf8"), (await readFile(at("f"))).length]).toEqual(["other", content.length]);
  });

  it.each<[target: string, message: RegExp]>([
    ["missing/f", /missing\/f: its directory does not exist$/],
    ["missing/", /missing: its directory does not exist$/],
    ["file.txt/f", /file\.txt\/f: its path goes through a file that is not a directory$/],
    ["n".repeat(250), /the name is too long/],
    ["", /^the target of a download takes a path$/],
    ["a\0b", /^the target of a download takes a path$/],
  ])("%j is refused in words, before any request", async (target, message) => {
    await writeFile(at("file.txt"), "");
    const { fetch } = fixture();
    const error = await failureOf(fetch("/file", target === "" ? "" : `${directory}/${target}`));
    expect(error).toMatchObject({ message: expect.stringMatching(message), hint: expect.any(String) });
    expect([api.calls.length, await listing()]).toEqual([0, ["file.txt"]]);
  });

  it("may not be a device", async () => {
    const { fetch } = fixture();
    expect(await failureOf(fetch("/file", "/dev/null", { overwrite: true }))).toMatchObject({
      message: expect.stringContaining("/dev/null is neither a file nor a directory"),
    });
  });
});

describe("a name from the server", () => {
  it.each<[disposition: string | undefined, path: string, name: string]>([
    ['attachment; filename="web-1.2.tgz"', "/file", "web-1.2.tgz"],
    ["attachment; filename=\"x\"; filename*=UTF-8''gr%C3%BCn.tgz", "/file", "grün.tgz"],
    ['attachment; filename="../../../../etc/cron.d/evil"', "/file", "evil"],
    ['attachment; filename="..\\\\..\\\\evil.exe"', "/file", "evil.exe"],
    ['attachment; filename=".bashrc"', "/file", "bashrc"],
    ['attachment; filename="/"', "/charts/web.tgz?x=1", "web.tgz"],
    [undefined, "/charts/web%20app.tgz", "web app.tgz"],
    [undefined, "/..%2f..%2fetc%2fpasswd", "passwd"],
    [undefined, "/charts/", "download"],
  ])("%j for %s is stored as %j in the directory", async (disposition, path, name) => {
    api.on("*").reply(file({ headers: { etag, ...(disposition === undefined ? {} : { "content-disposition": disposition }) } }));
    const { fetch } = fixture();
    await mkdir(at("in"));
    for (const target of [at("in"), `${at("in")}/`]) {
      expect(await fetch(path, target, { sha256 })).toMatchObject({ path: join(directory, "in", name) });
      expect([await listing(), await readdir(at("in"))]).toEqual([["in"], [name]]);
      await rm(join(directory, "in", name));
    }
    expect(api.calls).toHaveLength(2);
  });

  it("never replaces a file, or names a directory", async () => {
    api.on("*").reply(file({ headers: { etag, "content-disposition": "attachment; filename=taken" } }));
    const { fetch } = fixture();
    await writeFile(at("taken"), "mine");
    expect(await failureOf(fetch("/file", directory))).toMatchObject({ message: expect.stringMatching(/taken exists already$/) });
    await fetch("/file", directory, { overwrite: true });
    await rm(at("taken"));
    await mkdir(at("taken"));
    expect(await failureOf(fetch("/file", directory, { overwrite: true }))).toMatchObject({
      message: expect.stringMatching(/taken exists already$/),
    });
  });

  it("goes on with a part of that name: the rest alone is fetched again", async () => {
    const headers = { etag, "content-disposition": "attachment; filename=web.tgz" };
    api
      .on("GET /file")
      .reply(file({ headers, cutAfterBytes: 1000 }))
      .reply(file({ headers }));
    expect(await failureOf(fixture(false).fetch("/file", directory))).toMatchObject({ code: "ERR_BODY_TRUNCATED" });
    expect(await fixture().fetch("/file", directory, { sha256 })).toMatchObject({ path: at("web.tgz"), resumedBytes: 1000 });
    expect(ranges()).toEqual([undefined, undefined, "bytes=1000-"]);
  });

  it("is that of a file in the working directory where no target is given", async () => {
    // Only looked at: a test does not write there.
    expect(await lookAtTarget(undefined, false, { method: "GET", url: api.url })).toEqual({ directory: process.cwd() });
  });
});

describe("an answer that breaks off", () => {
  it("is gone on with in the same call, as often as it brings something", async () => {
    api
      .on("GET /file")
      .reply(file({ cutAfterBytes: 10_000 }))
      .reply(file({ cutAfterBytes: 10_000 }))
      .reply(file());
    const { fetch, waits } = fixture();
    const progress: DownloadProgress[] = [];
    expect(await fetch("/file", at("f"), { sha256, onProgress: (each) => progress.push(each) })).toMatchObject({
      resumedBytes: 0,
      response: { status: 206 },
    });
    expect(ranges()).toEqual([undefined, "bytes=10000-", "bytes=20000-"]);
    expect(api.calls.map((call) => call.headers["if-range"])).toEqual([undefined, etag, etag]);
    expect(waits).toEqual([200, 400]);
    expect(progress.every(({ totalBytes }) => totalBytes === content.length)).toBe(true);
  });

  it("counts attempts anew after a megabyte", async () => {
    const large = Buffer.alloc(10 * 1024 * 1024 + 5, "0123456789");
    api.on("GET /file").reply(file({ cutAfterBytes: 1024 * 1024 }, large));
    const { fetch, waits } = fixture();
    const hash = createHash("sha256").update(large).digest("hex");
    expect(await fetch("/file", at("f"), { sha256: hash })).toMatchObject({ sizeBytes: large.length });
    expect(waits).toEqual(Array.from({ length: 10 }, () => 200));
  });

  it("is given up after as many attempts as the call has, and its part is kept", async () => {
    api.on("GET /file").reply(file({ cutAfterBytes: 1000 }));
    const { fetch, waits } = fixture();
    const error = await failureOf(fetch("/file", at("f")));
    expect(error).toMatchObject({
      name: "ConnectionError",
      code: "ERR_BODY_TRUNCATED",
      message: expect.stringMatching(/; 3000 bytes are kept in .*f\.part, and the next call goes on from there$/),
    });
    expect([waits.length, await listing()]).toEqual([2, ["f.part", "f.part.json"]]);
    expect((await readFile(at("f.part"))).equals(content.subarray(0, 3000))).toBe(true);
  });

  it("is not repeated when retries are off, and obeys retry.when", async () => {
    api.on("GET /file").reply(file({ cutAfterBytes: 1000 }));
    await failureOf(fixture(false).fetch("/file", at("f")));
    expect(api.calls).toHaveLength(1);
    await failureOf(fixture({ when: () => "stop" }).fetch("/file", at("g")));
    expect(api.calls).toHaveLength(2);
  });

  it("is fetched from the start where the server gave no strong validator, and nothing is left of it", async () => {
    const date = "Sun, 06 Nov 1994 08:49:37 GMT";
    const weak: readonly Readonly<Record<string, string>>[] = [
      { etag: 'W/"v1"' },
      {},
      { etag, "accept-ranges": "none" },
      { "last-modified": date, date },
    ];
    for (const headers of weak) {
      const before = api.calls.length;
      api.on("GET /file").reply({ body: content, headers, cutAfterBytes: 1000 }).reply({ body: content, headers });
      const { fetch } = fixture();
      expect(await fetch("/file", at("f"), { sha256 })).toMatchObject({ sizeBytes: content.length, resumedBytes: 0 });
      expect(ranges().slice(before)).toEqual([undefined, undefined]);
      await rm(at("f"));
      api.on("GET /file").reply({ body: content, headers, cutAfterBytes: 1000 });
      await failureOf(fetch("/file", at("f")));
      expect(await listing()).toEqual([]);
    }
  });

  it("is gone on with by Last-Modified where there is no ETag", async () => {
    const date = "Sun, 06 Nov 1994 08:49:37 GMT";
    const answer = (call: FakeCall): FakeReply => {
      const reply = file({}, content, date)(call);
      return { ...reply, headers: { ...reply.headers, etag: [], "last-modified": date } };
    };
    api
      .on("GET /file")
      .reply((call) => ({ ...answer(call), cutAfterBytes: 5 }))
      .reply(answer);
    const { fetch } = fixture();
    await fetch("/file", at("f"), { sha256 });
    expect(api.calls[1]?.headers).toMatchObject({ range: "bytes=5-", "if-range": date });
  });

  it("ends with the error of opening it again, after the call's own retries", async () => {
    api
      .on("GET /file")
      .reply(file({ cutAfterBytes: 1000 }))
      .fail(503);
    const { fetch } = fixture();
    expect(await failureOf(fetch("/file", at("f")))).toMatchObject({
      name: "HTTPError",
      status: 503,
      message: expect.stringContaining("1000 bytes are kept"),
    });
    expect(api.calls).toHaveLength(4);
  });
});

describe("a part of an earlier call", () => {
  it("is gone on with, and the checksum is that of the whole file", async () => {
    await leavePart("f", 12_345);
    api.on("GET /file").reply(file());
    const { fetch } = fixture();
    const progress: DownloadProgress[] = [];
    const result = await fetch("/file", at("f"), { sha256, onProgress: (each) => progress.push(each) });
    expect(result).toMatchObject({ sizeBytes: content.length, resumedBytes: 12_345, response: { status: 206 } });
    expect([ranges().at(-1), await listing()]).toEqual(["bytes=12345-", ["f"]]);
    expect(progress[0]).toMatchObject({ receivedBytes: 12_345, totalBytes: content.length });
  });

  it("that is whole already costs one byte", async () => {
    await leavePart("f", 100);
    await writeFile(at("f.part"), content);
    api.on("GET /file").reply(file());
    const { fetch } = fixture();
    expect(await fetch("/file", at("f"), { sha256 })).toMatchObject({ resumedBytes: content.length - 1 });
    expect(ranges().at(-1)).toBe(`bytes=${content.length - 1}-`);
  });

  it.each<[what: string, answer: (call: FakeCall) => FakeReply, requests: number]>([
    ["another version (200 by If-Range)", file({}, content, '"v2"'), 1],
    ["a server that ignores Range", () => ({ body: content, headers: { etag } }), 1],
    [
      "a 206 of another version",
      (call) =>
        call.headers.range === undefined
          ? { body: content, headers: { etag: '"v2"' } }
          : { ...file()(call), headers: { ...file()(call).headers, etag: '"v2"' } },
      2,
    ],
    ["a range that begins elsewhere", (call) => wrongRange(call, (from) => `bytes ${from - 1}-${content.length - 1}/${content.length}`), 2],
    ["a range of another length", (call) => wrongRange(call, (from) => `bytes ${from}-${content.length - 2}/${content.length}`), 2],
    ["a range of another file size", (call) => wrongRange(call, (from) => `bytes ${from}-${content.length - 1}/${content.length + 1}`), 2],
    ["a range of unknown file size", (call) => wrongRange(call, (from) => `bytes ${from}-${content.length - 1}/*`), 2],
    ["a malformed range", (call) => wrongRange(call, () => "bytes=5-"), 2],
    ["several ranges", (call) => wrongRange(call, () => undefined), 2],
    ["a 416", (call) => (call.headers.range === undefined ? file()(call) : { status: 416, headers: { "content-range": `bytes */10` } }), 2],
  ])("is given up for %s, and the file is whole", async (_, answer, requests) => {
    await leavePart("f", 1000);
    api.on("GET /file").reply(answer);
    const { fetch } = fixture();
    const before = api.calls.length;
    expect(await fetch("/file", at("f"), { sha256 })).toMatchObject({ resumedBytes: 0, response: { status: 200 } });
    expect([ranges().slice(before), await listing()]).toEqual([["bytes=1000-", undefined].slice(0, requests), ["f"]]);
  });

  it("is kept while the server only fails", async () => {
    await leavePart("f", 1000);
    api
      .on("GET /file")
      .fail(503, { times: 3 })
      .reply((call) => (call.headers.range === undefined ? { status: 503 } : { status: 416 }));
    const { fetch } = fixture();
    expect(await failureOf(fetch("/file", at("f")))).toMatchObject({ name: "HTTPError", status: 503 });
    expect(await failureOf(fetch("/file", at("f")))).toMatchObject({ name: "HTTPError", status: 503 });
    expect((await readFile(at("f.part"))).equals(content.subarray(0, 1000))).toBe(true);
    api.on("GET /file").reply(file());
    expect(await fetch("/file", at("f"), { sha256 })).toMatchObject({ resumedBytes: 1000 });
  });

  it("is not used for another URL, without its record, with a damaged one, or when it is longer than the file", async () => {
    const spoil: Record<string, () => Promise<string>> = {
      url: async () => "/file?version=2",
      record: async () => rm(at("f.part.json")).then(() => "/file"),
      damaged: async () => writeFile(at("f.part.json"), '{"version":1,"sal').then(() => "/file"),
      longer: async () => writeFile(at("f.part"), Buffer.alloc(content.length + 1)).then(() => "/file"),
      empty: async () => writeFile(at("f.part"), "").then(() => "/file"),
      link: async () => {
        await rm(at("f.part"));
        await writeFile(at("elsewhere"), content.subarray(0, 1000));
        await symlink(at("elsewhere"), at("f.part"));
        return "/file";
      },
    };
    for (const [name, change] of Object.entries(spoil)) {
      await leavePart("f", 1000);
      const path = await change();
      api.on("GET /file").reply(file());
      const before = api.calls.length;
      const { fetch } = fixture();
      expect(await fetch(path, at("f"), { sha256 }), name).toMatchObject({ resumedBytes: 0 });
      expect(ranges().slice(before), name).toEqual([undefined]);
      await rm(at("f"));
    }
    expect((await readFile(at("elsewhere"))).equals(content.subarray(0, 1000))).toBe(true);
  });

  it("is not used, and none is left, with resume: false", async () => {
    await leavePart("f", 1000);
    api.on("GET /file").reply(file({ cutAfterBytes: 2000 }));
    expect(await failureOf(fixture(false).fetch("/file", at("f"), { resume: false }))).toMatchObject({
      message: expect.not.stringContaining("kept"),
    });
    expect([ranges().at(-1), await listing()]).toEqual([undefined, []]);
    // Within one call it still goes on.
    api
      .on("GET /file")
      .reply(file({ cutAfterBytes: 2000 }))
      .reply(file());
    await fixture().fetch("/file", at("f"), { resume: false, sha256 });
    expect(ranges().slice(-2)).toEqual([undefined, "bytes=2000-"]);
  });

  it("learns the length of a file that was sent without one", async () => {
    const stream = (call: FakeCall): FakeReply => {
      const reply = file()(call);
      return reply.status === 206 ? reply : { headers: { etag }, stream: [content.subarray(0, 1000)], cutAfterBytes: 1000 };
    };
    api.on("GET /file").reply(stream);
    const { fetch } = fixture();
    expect(await fetch("/file", at("f"), { sha256 })).toMatchObject({ sizeBytes: content.length });
    expect(ranges()).toEqual([undefined, "bytes=1000-"]);
  });
});

function wrongRange(call: FakeCall, range: (from: number) => string | undefined): FakeReply {
  const right = file()(call);
  if (right.status !== 206) return right;
  const { "content-range": _, ...headers } = right.headers ?? {};
  const wrong = range(1000);
  return {
    ...right,
    headers:
      wrong === undefined ? { ...headers, "content-type": "multipart/byteranges; boundary=x" } : { ...headers, "content-range": wrong },
  };
}

describe("a server that counts wrongly", () => {
  it("cannot put more bytes into the file than its range has", async () => {
    await leavePart("f", 1000);
    let isRight = false;
    api.on("GET /file").reply((call) => {
      const right = file()(call);
      if (right.status !== 206) isRight = true;
      return right.status === 206 ? { status: 206, headers: right.headers ?? {}, stream: [content.subarray(1000), "surplus"] } : right;
    });
    const { fetch } = fixture();
    expect(await fetch("/file", at("f"), { sha256 })).toMatchObject({ resumedBytes: 0 });
    expect(isRight).toBe(true);
  });

  it("is asked for the rest when it sends less than was asked for", async () => {
    await leavePart("f", 1000);
    api.on("GET /file").reply((call) => {
      const from = Number(/\d+/.exec(call.headers.range ?? "")?.[0]);
      const end = Math.min(from + 20_000, content.length);
      return {
        status: 206,
        body: content.subarray(from, end),
        headers: { etag, "content-range": `bytes ${from}-${end - 1}/${content.length}` },
      };
    });
    const { fetch } = fixture();
    expect(await fetch("/file", at("f"), { sha256 })).toMatchObject({ resumedBytes: 1000 });
    expect(ranges().slice(1)).toEqual(["bytes=1000-", "bytes=21000-"]);
  });
});

describe("the checksum", () => {
  it("of another file removes it, and nothing is left under any name", async () => {
    api.on("GET /file").reply(file({ headers: { "content-type": "text/html", etag } }));
    const { fetch } = fixture();
    const expected = "0".repeat(64);
    expect(await failureOf(fetch("/file", at("f"), { sha256: expected }))).toMatchObject({
      name: "DecodeError",
      message: expect.stringContaining(`sha256 is ${sha256}, not ${expected} (${content.length} bytes); it was removed`),
      hint: expect.stringContaining("HTML page"),
    });
    expect(await listing()).toEqual([]);
  });

  it("finds a part that somebody changed", async () => {
    await leavePart("f", 1000);
    await writeFile(at("f.part"), Buffer.alloc(1000, "x"));
    api.on("GET /file").reply(file());
    const { fetch } = fixture();
    expect(await failureOf(fetch("/file", at("f"), { sha256 }))).toMatchObject({
      message: expect.stringContaining("not the expected one"),
    });
    expect(await listing()).toEqual([]);
    expect(await fetch("/file", at("f"), { sha256 })).toMatchObject({ resumedBytes: 0 });
  });
});

describe("content codings", () => {
  /** What an undecoded stream of a session is like: the bytes as they came. */
  const undecoded =
    (url: URL): DownloadSource["open"] =>
    async () =>
      new Promise((resolve, reject) => {
        const call = httpGet(url, (answer) =>
          resolve({
            status: answer.statusCode ?? 0,
            request: { method: "GET", url: url.href },
            body: answer,
            header: (name) => [answer.headers[name] ?? []].flat()[0],
            raiseForStatus: async () => undefined,
            close: async () => void answer.destroy(),
          }),
        );
        call.on("error", reject);
      });

  it("are undone where the server compresses all the same, and kept where they are what the file is", async () => {
    const packed = gzipSync(content);
    api.on("*").reply({ body: packed, headers: { etag, "content-encoding": "gzip" } });
    for (const [name, expected] of [
      ["values.json", content],
      ["web.tgz", packed],
      ["web.tar.gz", packed],
      ["web.tar", content],
    ] as const) {
      const url = new URL("/file", api.url);
      const { source } = fixture();
      await download({ ...source("/file"), open: undecoded(url) }, at(name));
      expect((await readFile(at(name))).equals(expected), name).toBe(true);
    }
  });

  it("that are cut are an error, never a file", async () => {
    const packed = gzipSync(content);
    api.on("*").reply({ body: packed.subarray(0, -20), headers: { "content-encoding": "gzip" } });
    const { source } = fixture(false);
    expect(await failureOf(download({ ...source("/file"), open: undecoded(new URL("/file", api.url)) }, at("values.json")))).toMatchObject({
      code: "ERR_BODY_TRUNCATED",
    });
    expect(await listing()).toEqual([]);
  });
});

describe("time and abort", () => {
  it("ends with the caller's abort, before it begins, while it reads and while it waits; the part stays", async () => {
    const aborted = AbortSignal.abort(new Error("enough"));
    expect(await failureOf(fixture().fetch("/file", at("f"), { signal: aborted }))).toMatchObject({
      name: "AbortError",
      cause: { message: "enough" },
    });
    expect(api.calls).toHaveLength(0);

    const reading = new AbortController();
    api.on("GET /file").reply(() => ({
      headers: { etag },
      stream: async function* () {
        yield content.subarray(0, 1000);
        await new Promise<void>((resolve) => reading.signal.addEventListener("abort", () => resolve()));
      },
    }));
    const running = fixture().fetch("/file", at("f"), { signal: reading.signal });
    await expect.poll(async () => (await readFile(at("f.part")).catch(() => Buffer.alloc(0))).length).toBe(1000);
    reading.abort();
    expect(await failureOf(running)).toMatchObject({ name: "AbortError", message: expect.stringContaining("1000 bytes are kept") });
    expect(await listing()).toEqual(["f.part", "f.part.json"]);

    const waiting = new AbortController();
    api.on("GET /file").reply(file({ cutAfterBytes: 500 }));
    const sleep = async (): Promise<void> => waiting.abort();
    expect(await failureOf(fixture(undefined, { sleep }).fetch("/file", at("g"), { signal: waiting.signal }))).toMatchObject({
      name: "AbortError",
    });
  });

  it("gives each request what is left of the deadline, and does not wait past it", async () => {
    let nowMs = 0;
    const deadlines: unknown[] = [];
    api.on("GET /file").reply(file({ cutAfterBytes: 1000 }));
    const base = fixture();
    const source: DownloadSource = { ...base.source("/file"), now: () => nowMs, deadlineMs: 1000 };
    const open: DownloadSource["open"] = (options) => {
      deadlines.push(options.deadline);
      return source.open(options);
    };
    const sleep = async (ms: number): Promise<void> => {
      nowMs += ms + 500;
    };
    expect(await failureOf(download({ ...source, open, sleep }, at("f")))).toMatchObject({ code: "ERR_BODY_TRUNCATED" });
    expect(deadlines).toEqual([1000, 300]);
  });

  it("ends with an error of the progress listener's, and gives the connection back", async () => {
    api.on("GET /file").reply(file());
    const { fetch } = fixture();
    const onProgress = (): void => {
      throw new Error("mine");
    };
    expect(await failureOf(fetch("/file", at("f"), { onProgress }))).toMatchObject({ message: "mine" });
    expect((await listing()).filter((name) => !name.startsWith("f.part"))).toEqual([]);
    expect(await listing()).not.toContain("f.part.lock");
  });
});

describe("two downloads to one file", () => {
  it("do not mix: the second is refused and names the first, and the first goes on", async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    api.on("GET /file").reply(async (call) => {
      await gate;
      return file()(call);
    });
    const { fetch } = fixture();
    const first = fetch("/file", at("f"), { sha256 });
    await expect.poll(listing).toEqual(["f.part", "f.part.lock"]);
    expect(await failureOf(fetch("/file", at("f")))).toMatchObject({
      message: expect.stringContaining("another call of this process is downloading to the same file"),
    });
    release();
    await first;
    expect(await listing()).toEqual(["f"]);
  });

  it("a lock of a process that is gone does not stand in the way, nor one that nobody touches", async () => {
    api.on("GET /file").reply(file());
    const { fetch } = fixture();
    const gone = { pid: 2 ** 22 + 1, host: hostname(), token: "t" };
    await writeFile(at("f.part.lock"), JSON.stringify(gone));
    await fetch("/file", at("f"), { sha256 });
    await writeFile(at("g.part.lock"), JSON.stringify({ pid: 1, host: "another-machine", token: "t" }));
    expect(await failureOf(fetch("/file", at("g")))).toMatchObject({
      message: expect.stringContaining("process 1 on another-machine is downloading"),
      hint: expect.stringContaining(basename(at("g.part.lock"))),
    });
    const old = new Date(Date.now() - 121_000);
    await utimes(at("g.part.lock"), old, old);
    await fetch("/file", at("g"), { sha256 });
    expect(await listing()).toEqual(["f", "g"]);
  });
});

describe("a raw server that resets the connection", () => {
  it("is asked for the rest", async () => {
    const wire = await raw(({ index, head, socket }) => {
      if (index === 0) {
        socket.write(`HTTP/1.1 200 OK\r\netag: ${etag}\r\ncontent-length: 10\r\n\r\nhello`);
        setTimeout(() => socket.resetAndDestroy(), 20);
      } else socket.write(rawReply("206 Partial", "world", { etag, "content-range": `bytes ${/bytes=(\d+)/.exec(head)?.[1]}-9/10` }));
    });
    const { source } = fixture();
    const { session } = testSession();
    const url = new URL(wire.url);
    await download({ ...source("/"), url, open: (options) => session.get(url, { ...options, stream: true }) }, at("f"));
    expect(await readFile(at("f"), "utf8")).toBe("helloworld");
  });
});
