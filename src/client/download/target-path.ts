import { stat } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { dispositionFilename } from "../../body/index.ts";
import { InvalidRequestError, type RequestSummary } from "../../errors/index.ts";
import { fileFailure, notAFile, targetExists } from "./failures.ts";
import { exists } from "./publish.ts";
import { nameInUrl, safeFileName } from "./safe-file-name.ts";

/** Where a download goes: a file, or a directory in which the server names it. Absolute: a later chdir() changes nothing. */
export type Target = { readonly path: string } | { readonly directory: string };

/**
 * Looks at what the caller named, before any I/O to the server.
 *
 * @param target a file; a directory (one that exists, or a path that ends in a slash); undefined is the working directory
 * @throws InvalidRequestError or RequestError in words: it exists already, its directory does not, it is a device
 */
export async function lookAtTarget(target: string | undefined, overwrite: boolean, request: RequestSummary): Promise<Target> {
  if (target !== undefined && (typeof target !== "string" || target === "" || target.includes("\0"))) {
    throw new InvalidRequestError({
      code: "ERR_INVALID_OPTION",
      message: "the target of a download takes a path",
      hint: "Leave it out to let the server name the file.",
    });
  }
  const path = resolve(target ?? ".");
  try {
    const isDirectory = target === undefined || target.endsWith("/") || target.endsWith(sep) || (await isDirectoryAt(path));
    if (isDirectory) await refuseMissing(path);
    else await checkFile(path, overwrite, request);
    return isDirectory ? { directory: path } : { path };
  } catch (error) {
    throw fileFailure(error, path, request);
  }
}

/** The file's path in a directory, named by the server, else by the URL. */
export async function nameTarget({ directory }: { directory: string }, overwrite: boolean, from: NameSource): Promise<string> {
  const given = dispositionFilename(from.contentDisposition);
  const name = (given === undefined ? undefined : safeFileName(given)) ?? nameInUrl(from.url) ?? "download";
  const path = join(directory, name);
  try {
    if (await isDirectoryAt(path)) throw targetExists(path, from.request);
    await checkFile(path, overwrite, from.request);
    return path;
  } catch (error) {
    throw fileFailure(error, path, from.request);
  }
}

export interface NameSource {
  readonly contentDisposition: string | undefined;
  readonly url: URL;
  readonly request: RequestSummary;
}

async function checkFile(path: string, overwrite: boolean, request: RequestSummary): Promise<void> {
  await refuseMissing(dirname(path));
  if (!(await exists(path))) return;
  if (!overwrite) throw targetExists(path, request);
  const stats = await stat(path).catch(() => undefined);
  // A link that leads nowhere is replaced as any other.
  if (stats !== undefined && !stats.isFile()) throw notAFile(path, request);
}

async function isDirectoryAt(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isDirectory() === true;
}

async function refuseMissing(directory: string): Promise<void> {
  const stats = await stat(directory);
  if (!stats.isDirectory()) throw Object.assign(new Error(`${directory} is not a directory`), { code: "ENOTDIR", syscall: "stat" });
}
