import { link, lstat, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** File systems without hard links, or with a limit of them. */
const noLinkCodes: ReadonlySet<unknown> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EINVAL"]);

/**
 * Gives the finished part its name, in one step: there is never half a file under it. False, and the part stays, when something has the
 * name already and may not be replaced.
 */
export async function publish(part: string, target: string, overwrite: boolean): Promise<boolean> {
  if (overwrite) await rename(part, target);
  else if (!(await linkNew(part, target))) return false;
  await syncDirectory(target);
  return true;
}

/** Unlike rename(), link() never replaces. */
async function linkNew(part: string, target: string): Promise<boolean> {
  try {
    await link(part, target);
  } catch (error) {
    const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EEXIST") return false;
    if (!noLinkCodes.has(code)) throw error;
    if (await exists(target)) return false;
    await rename(part, target);
    return true;
  }
  await rm(part, { force: true });
  return true;
}

/** True for anything of this name, a dangling link too. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
}

/** A rename is on disk when its directory is. */
async function syncDirectory(target: string): Promise<void> {
  try {
    const handle = await open(dirname(target), "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // Windows and some network file systems cannot: the file is whole and has its name, which a power failure could still undo.
  }
}
