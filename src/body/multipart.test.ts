import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InvalidRequestError } from "../errors/index.ts";
import type { BodyOptions } from "./body-options.ts";
import { encodeBody } from "./encode-body.ts";
import type { EncodedBody } from "./encoded-body.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "errand-multipart-"));
  await writeFile(join(folder, "report.txt"), "the report");
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function encoded(options: BodyOptions): Promise<EncodedBody> {
  const body = await encodeBody(options);
  if (body === undefined) throw new Error("a body was expected");
  return body;
}

async function sent(body: EncodedBody): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body.open()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Read by Node's own parser, which is not ours. */
async function parsed(body: EncodedBody): Promise<[name: string, value: string | File][]> {
  const form = await new Response(await sent(body), { headers: { "content-type": body.contentType ?? "" } }).formData();
  return [...form];
}

/** The bytes with the random boundary written as B. */
async function wire(body: EncodedBody): Promise<string> {
  const boundary = /boundary=(.+)$/.exec(body.contentType ?? "")?.[1] ?? "";
  return (await sent(body)).toString().replaceAll(boundary, "B");
}

describe("multipart", () => {
  it("writes fields, then files, in their order", async () => {
    const body = await encoded({
      form: { title: "Grüße", tag: ["a", "b"], empty: null, absent: undefined },
      files: { report: { path: join(folder, "report.txt") }, raw: [Buffer.from([1, 2]), new Blob(["{}"], { type: "application/json" })] },
    });
    const text = await wire(body);
    expect(text).toBe(
      [
        '--B\r\nContent-Disposition: form-data; name="title"\r\n\r\nGrüße\r\n',
        '--B\r\nContent-Disposition: form-data; name="tag"\r\n\r\na\r\n',
        '--B\r\nContent-Disposition: form-data; name="tag"\r\n\r\nb\r\n',
        '--B\r\nContent-Disposition: form-data; name="empty"\r\n\r\n\r\n',
        '--B\r\nContent-Disposition: form-data; name="report"; filename="report.txt"\r\nContent-Type: text/plain\r\n\r\nthe report\r\n',
        '--B\r\nContent-Disposition: form-data; name="raw"; filename="raw"\r\nContent-Type: application/octet-stream\r\n\r\n\u0001\u0002\r\n',
        '--B\r\nContent-Disposition: form-data; name="raw"; filename="raw"\r\nContent-Type: application/json\r\n\r\n{}\r\n',
        "--B--\r\n",
      ].join(""),
    );
    expect(body.contentLength).toBe((await sent(body)).length);
    expect(body.isReplayable).toBe(true);
  });

  it("arrives whole at a server, with a Content-Length when every part has one and chunked when one has none", async () => {
    const server: Server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        response.end(
          JSON.stringify({
            headers: request.headers,
            size: Buffer.concat(chunks).length,
            tail: Buffer.concat(chunks).toString("utf8", -6),
          }),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const address = server.address();
      if (address === null || typeof address === "string") throw new Error("no port");
      const send = async (options: BodyOptions): Promise<{ headers: Record<string, string>; size: number; tail: string }> => {
        const body = await encoded(options);
        const headers: Record<string, string> = { "content-type": body.contentType ?? "" };
        if (body.contentLength !== undefined) headers["content-length"] = String(body.contentLength);
        const { request } = await import("node:http");
        return await new Promise((resolve, reject) => {
          const call = request({ port: address.port, host: "127.0.0.1", method: "POST", headers }, (response) => {
            response.setEncoding("utf8");
            let text = "";
            response.on("data", (part: string) => (text += part));
            response.on("end", () => resolve(JSON.parse(text) as { headers: Record<string, string>; size: number; tail: string }));
          });
          call.on("error", reject);
          Readable.from(body.open()).pipe(call);
        });
      };
      const content = Buffer.alloc(300_000, "x");
      const known = await send({ files: { a: { path: join(folder, "report.txt") }, b: new Blob([content]) } });
      expect(known.headers["content-length"]).toBe(String(known.size));
      expect(known.headers["transfer-encoding"]).toBeUndefined();
      expect(known.tail).toMatch(/--\r\n$/);
      const unknown = await send({ files: { a: Readable.from([content, content]) } });
      expect(unknown.headers["transfer-encoding"]).toBe("chunked");
      expect(unknown.headers["content-length"]).toBeUndefined();
      expect(unknown.size).toBeGreaterThan(600_000);
    } finally {
      server.close();
    }
  });

  it("is understood by another parser, for any names and contents", async () => {
    const unit = fc.oneof(
      fc.constantFrom('"', "\\", ";", "=", "/", "..", "é", "🌍", "%22", " "),
      fc.string({ unit: "grapheme-ascii", maxLength: 1 }),
    );
    const name = fc.string({ unit, minLength: 1, maxLength: 12 });
    const unescape = (text: string): string => text.replaceAll("%22", '"').replaceAll("%0D", "\r").replaceAll("%0A", "\n");
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(name, fc.string({ unit: "grapheme" })), { maxLength: 3 }),
        fc.dictionary(name, fc.tuple(name, fc.uint8Array({ maxLength: 50 })), { minKeys: 1, maxKeys: 3 }),
        async (form, files) => {
          const body = await encoded({
            form,
            files: Object.fromEntries(Object.entries(files).map(([field, [fileName, content]]) => [field, { content, name: fileName }])),
          });
          const entries = await parsed(body);
          const fields = entries.slice(0, form.length);
          expect(fields.map(([field, value]) => [unescape(field), value])).toEqual(form.map(([field, value]) => [unescape(field), value]));
          const parts = entries.slice(form.length);
          expect(parts.length).toBe(Object.keys(files).length);
          for (const [index, [field, [fileName, content]]] of Object.entries(files).entries()) {
            const [partName, part] = parts[index]!;
            expect(unescape(partName)).toBe(unescape(field));
            if (typeof part === "string") throw new Error("a file was expected");
            expect(unescape(part.name)).toBe(unescape(fileName));
            expect(Buffer.from(await part.arrayBuffer())).toEqual(Buffer.from(content));
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it("escapes quotes and line breaks of names as browsers do, so that none can start a header", async () => {
    const evil = 'a"\r\nX-Evil: 1\r\n\r\n\0b\\';
    const text = await wire(await encoded({ form: { [evil]: "v" }, files: { [evil]: { content: "c", name: evil } } }));
    const escaped = "a%22%0D%0AX-Evil: 1%0D%0A%0D%0A%00b\\";
    expect(text).toBe(
      `--B\r\nContent-Disposition: form-data; name="${escaped}"\r\n\r\nv\r\n` +
        `--B\r\nContent-Disposition: form-data; name="${escaped}"; filename="${escaped}"\r\nContent-Type: application/octet-stream\r\n\r\nc\r\n--B--\r\n`,
    );
  });

  it("shows no directory of a path or of a File's name", async () => {
    const body = await encoded({
      files: {
        a: { path: join(folder, "x", "..", "report.txt") },
        b: new File(["x"], "../../etc/passwd"),
        c: new File(["x"], String.raw`C:\temp\d.csv`),
      },
    });
    expect((await parsed(body)).map(([, part]) => (typeof part === "string" ? part : part.name))).toEqual([
      "report.txt",
      "passwd",
      "d.csv",
    ]);
  });

  it("takes name and type of the caller first", async () => {
    const path = join(folder, "report.txt");
    const body = await encoded({
      files: {
        renamed: { path, name: "values.yaml" },
        typed: { path, type: "text/markdown; charset=utf-8" },
        nameless: { path, name: null },
        text: { content: "a,b", name: "t.csv" },
        blob: { content: new Blob(["x"], { type: "image/png" }), name: "y.jpg" },
        nested: { content: { path } },
      },
    });
    const text = await wire(body);
    expect(text).toContain('name="renamed"; filename="values.yaml"\r\nContent-Type: application/yaml\r\n');
    expect(text).toContain('name="typed"; filename="report.txt"\r\nContent-Type: text/markdown; charset=utf-8\r\n');
    expect(text).toContain('name="nameless"\r\nContent-Type: text/plain\r\n');
    expect(text).toContain('name="text"; filename="t.csv"\r\nContent-Type: text/csv\r\n');
    expect(text).toContain('name="blob"; filename="y.jpg"\r\nContent-Type: image/png\r\n');
    expect(text).toContain('name="nested"; filename="report.txt"\r\nContent-Type: text/plain\r\n\r\nthe report\r\n');
  });

  it("has a boundary that cannot be foreseen", async () => {
    const types = new Set<string | undefined>();
    for (let count = 0; count < 20; count += 1) types.add((await encoded({ files: { a: Buffer.from("x") } })).contentType);
    expect(types.size).toBe(20);
    for (const type of types) expect(type).toMatch(/^multipart\/form-data; boundary=errand-[\da-f]{32}$/);
  });

  it("needs no promise when nothing must be looked at on disk, and has small bodies at hand", () => {
    const body = encodeBody({ files: { a: Buffer.from("x") } });
    if (body === undefined || body instanceof Promise) throw new Error("a body at once was expected");
    expect(body.bytes?.length).toBe(body.contentLength);
  });

  it("is sent again from the start for every attempt", async () => {
    const body = await encoded({ form: { a: 1 }, files: { f: { path: join(folder, "report.txt") }, b: new Blob(["blob"]) } });
    const first = await sent(body);
    expect((await sent(body)).equals(first)).toBe(true);
  });

  it("is one-shot as soon as one part is a stream", async () => {
    const body = await encoded({ files: { a: Buffer.from("x"), b: Readable.from(["y"]) } });
    expect(body).toMatchObject({ isReplayable: false, contentLength: undefined });
    expect((await parsed(body)).length).toBe(2);
    expect(() => body.open()).toThrow(/already sent once/);
  });

  it("is a plain form when there are no files this time", async () => {
    expect(await encoded({ form: { a: 1 }, files: { attachments: [] } })).toMatchObject({
      contentType: "application/x-www-form-urlencoded",
    });
  });

  it.each([
    ["a string", { report: "report.txt" }, "files.report is a string: is it a path or the content?"],
    ["a string in a list", { report: [Buffer.from("x"), "y"] }, "files.report[1] is a string"],
    [
      "an object that says neither",
      { report: { name: "x" } },
      "files.report must be { path }, { content }, a Blob, bytes or a stream, not an object",
    ],
    ["a number", { "a b": 5 }, 'files["a b"] must be { path }'],
    ["null", { a: null }, "files.a must be { path }"],
    ["a type with a line break", { a: { content: "x", type: "text/plain\r\nX-Evil: 1" } }, "files.a.type must be a media type"],
    ["a name that is no text", { a: { content: "x", name: 5 } }, "files.a.name must be a string or null, not a number"],
    ["a content that is none", { a: { content: { b: 1 } } }, "files.a.content must be text, bytes"],
    ["a list of files", [Buffer.from("x")], "files must be an object of files by field name, not an array"],
  ])("refuses %s and names the place", (_name, files, message) => {
    const encode = (): unknown => encodeBody({ files: files as unknown as Record<string, Blob> });
    expect(encode).toThrow(InvalidRequestError);
    expect(encode).toThrow(message);
  });

  it("reports the first fault alone when a missing file and a wrong source meet", async () => {
    const rejections: unknown[] = [];
    const onRejection = (reason: unknown): void => void rejections.push(reason);
    process.on("unhandledRejection", onRejection);
    try {
      const files = { missing: { path: join(folder, "missing.txt") }, wrong: "x" as unknown as Blob };
      expect(() => encodeBody({ files })).toThrow("files.wrong is a string");
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(rejections).toEqual([]);
    } finally {
      process.off("unhandledRejection", onRejection);
    }
  });

  it("names option and path of a file that cannot be read", async () => {
    const path = join(folder, "missing.txt");
    await expect(encoded({ files: { report: { path } } })).rejects.toThrow(`files.report.path: ${path} does not exist`);
    await expect(encoded({ files: { report: [{ path: folder }] } })).rejects.toThrow(`files.report[0].path: ${folder} is a directory`);
  });
});
