import { randomUUID } from "node:crypto";
import { open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { UsageError } from "../../usage-error.ts";

/** Writes a body to a file. What was there before stays until the new content is complete. */
export async function saveBody(chunks: AsyncIterable<Uint8Array>, path: string): Promise<number> {
  // A device or a pipe (-o /dev/null) is written to, not replaced.
  const target = await kindOf(path);
  if (target === "directory") throw new UsageError(`-o ${path} is a directory`, { hint: "Give the file's name." });
  const partial = target === "special" ? path : join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.part`);
  try {
    const sizeBytes = await writeAll(chunks, partial);
    if (partial !== path) await rename(partial, path);
    return sizeBytes;
  } catch (error) {
    if (partial !== path) await rm(partial, { force: true });
    throw error;
  }
}

async function kindOf(path: string): Promise<"file" | "directory" | "special"> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return "directory";
    return found.isFile() ? "file" : "special";
  } catch {
    // Missing, or its folder is: opening it will tell which.
    return "file";
  }
}

async function writeAll(chunks: AsyncIterable<Uint8Array>, path: string): Promise<number> {
  const file = await openForWriting(path);
  let sizeBytes = 0;
  try {
    for await (const chunk of chunks) {
      await file.write(chunk);
      sizeBytes += chunk.byteLength;
    }
  } finally {
    await file.close();
  }
  return sizeBytes;
}

async function openForWriting(path: string): ReturnType<typeof open> {
  try {
    return await open(path, "w");
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    throw new UsageError(`-o: cannot write in ${dirname(path)} (${reason})`, { cause });
  }
}
