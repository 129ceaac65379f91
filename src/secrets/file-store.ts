import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError } from "../errors/index.ts";
import type { SecretStore } from "./secret-store.ts";

/** The kubelet renews projected tokens in place well before they expire; client-go looks again every minute. */
const REREAD_MS = 60_000;
const MAX_FILE_BYTES = 1_000_000;

/**
 * `file:/path`: a text file, opened anew by path for each read, for Kubernetes and Vault agents replace files by renaming.
 *
 * Surrounding whitespace is removed, as client-go does with token files. Relative paths start from the working
 * directory, `~/` from the home directory; `file:///path` works too.
 */
export const fileStore: SecretStore = {
  scheme: "file",
  ttlMs: REREAD_MS,
  validate(rest) {
    if (rest === "") return "the path is missing, e.g. file:/run/secrets/token";
    if (rest.includes("\0")) return "the path contains a NUL character";
    if (/^\/\/[^/]/.test(rest)) return "only local files can be read, e.g. file:/run/secrets/token or file:///run/secrets/token";
    return undefined;
  },
  async read(rest) {
    let handle: FileHandle | undefined;
    const path = pathOf(rest);
    try {
      // O_NONBLOCK: opening a pipe nobody writes to would otherwise hang.
      handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      return await readText(handle, (problem, hint) => fileError({ rest, path, problem, hint }));
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      throw fileError({ rest, path, problem: problemOf(error), cause: error });
    } finally {
      await handle?.close();
    }
  },
};

function pathOf(rest: string): string {
  if (rest.startsWith("///")) return fileURLToPath(`file:${rest}`);
  return rest.startsWith("~/") ? join(homedir(), rest.slice(2)) : resolve(rest);
}

async function readText(handle: FileHandle, refuse: (problem: string, hint?: string) => ConfigError): Promise<string> {
  const stat = await handle.stat();
  if (stat.isDirectory()) throw refuse("it is a directory, not a file", "Name the file in it, e.g. file:/run/secrets/token.");
  if (!stat.isFile()) {
    throw refuse("it is a pipe or device, which cannot be read again later", "Put the value into a file or an environment variable.");
  }
  if (stat.size > MAX_FILE_BYTES) throw refuse(`it has ${stat.size} bytes, and a secret may have 1 MB`);
  const bytes = await handle.readFile();
  if (bytes.byteLength > MAX_FILE_BYTES) throw refuse("it has more than 1 MB");
  const text = decode(bytes)?.trim();
  if (text === undefined) throw refuse("it is not UTF-8 text", "A file written with > in Windows PowerShell is UTF-16: write it as UTF-8.");
  if (text === "") throw refuse("it is empty");
  return text;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // The decoder's error says nothing but "invalid"; the caller names the file.
    return undefined;
  }
}

interface FileProblem {
  readonly rest: string;
  readonly path: string;
  readonly problem: string;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

function fileError({ rest, path, problem, hint, cause }: FileProblem): ConfigError {
  return new ConfigError({
    code: "ERR_SECRET",
    message: `The secret file:${rest} cannot be read: ${problem}.`,
    file: path,
    cause,
    ...(hint === undefined ? {} : { hint }),
  });
}

function problemOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  switch (code) {
    case "ENOENT":
      return "there is no such file (ENOENT)";
    case "EACCES":
    case "EPERM":
      return `this user may not read it (${code})`;
    case "ENOTDIR":
      return "a part of its path is not a directory (ENOTDIR)";
    default:
      return code === undefined ? "reading it failed" : `reading it failed (${code})`;
  }
}
