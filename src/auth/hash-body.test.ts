import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { encodeBody } from "../body/index.ts";
import { hashBody } from "./hash-body.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("hashBody", () => {
  it("hashes bytes at hand, and nothing, at once", async () => {
    expect(hashBody(undefined, "sha256")).toBe(sha256(""));
    expect(hashBody(await encodeBody({ json: { a: "é" } }), "sha256")).toBe(sha256('{"a":"é"}'));
    expect(hashBody(await encodeBody({ body: "text" }), "md5")).toBe(createHash("md5").update("text").digest("hex"));
  });

  it("reads files and Blobs for it, and leaves them whole for the request", async () => {
    const folder = await mkdtemp(join(tmpdir(), "errand-hash-"));
    try {
      const path = join(folder, "file");
      await writeFile(path, "x".repeat(200_000));
      for (const body of [{ path }, new Blob(["x".repeat(200_000)])]) {
        const encoded = await encodeBody({ body });
        const hash = hashBody(encoded, "sha256");
        expect(hash).toBeInstanceOf(Promise);
        expect(await hash).toBe(sha256("x".repeat(200_000)));
        expect(await hashBody(encoded, "sha256")).toBe(await hash);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("leaves a stream that can be read once alone", async () => {
    const stream = new Blob(["x"]).stream();
    const encoded = await encodeBody({ body: stream });
    expect(hashBody(encoded, "sha256")).toBeUndefined();
    expect(stream.locked).toBe(false);
  });
});
