import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { ConfigError } from "../../errors/index.ts";

/** Where a netrc file is looked for; tests replace it. */
export interface NetrcPlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

export interface NetrcFile {
  readonly path: string;
  readonly text: string;
}

const maxBytes = 1_000_000;

/**
 * Reads the file that is named, else `$NETRC`, else `~/.netrc`, else `~/_netrc`. Warns when other users may read it.
 *
 * @throws ConfigError ERR_CONFIG when it is missing or cannot be read
 */
export async function readNetrcFile(given: string | undefined, { env, home }: NetrcPlaces): Promise<NetrcFile> {
  const { NETRC: fromEnv } = env;
  if (given !== undefined) return readAt(expand(given, home), "given to netrc()");
  if (fromEnv !== undefined && fromEnv !== "") return readAt(expand(fromEnv, home), "named by $NETRC");
  const [first, second] = [join(home, ".netrc"), join(home, "_netrc")];
  const found = (await read(first)) ?? (await read(second));
  if (found !== undefined) return found;
  throw new ConfigError({
    code: "ERR_CONFIG",
    message: `netrc() finds no file: there is neither ${first} nor ${second}, and $NETRC is not set.`,
    file: first,
    hint: 'Name one: netrc("/path/to/netrc").',
  });
}

/** In the environment of the process. */
export function systemPlaces(): NetrcPlaces {
  return { env: process.env, home: homedir() };
}

function expand(path: string, home: string): string {
  return path.startsWith("~/") ? join(home, path.slice(2)) : resolve(path);
}

async function readAt(path: string, origin: string): Promise<NetrcFile> {
  const file = await read(path);
  if (file === undefined) throw unreadable(path, `the file ${origin} does not exist (ENOENT)`);
  return file;
}

/** Undefined when there is none. */
async function read(path: string): Promise<NetrcFile | undefined> {
  let handle: FileHandle | undefined;
  try {
    // O_NONBLOCK: opening a pipe nobody writes to would otherwise hang.
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stat = await handle.stat();
    if (!stat.isFile()) throw unreadable(path, "it is not a file");
    if (stat.size > maxBytes) throw unreadable(path, "it has more than 1 MB");
    warnOfReaders(path, stat.mode);
    return { path, text: await handle.readFile("utf8") };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
    if (error instanceof ConfigError) throw error;
    if (code === "ENOENT") return undefined;
    throw unreadable(
      path,
      code === "EACCES" ? "this user may not read it (EACCES)" : `reading it failed (${code ?? "unknown reason"})`,
      error,
    );
  } finally {
    await handle?.close();
  }
}

function unreadable(path: string, problem: string, cause?: unknown): ConfigError {
  return new ConfigError({ code: "ERR_CONFIG", message: `${path} cannot be used: ${problem}.`, file: path, cause });
}

const warned = new Set<string>();

/** Once a file: passwords that others on the machine can read are no secrets. Windows has no such modes. */
function warnOfReaders(path: string, mode: number): void {
  if (process.platform === "win32" || (mode & 0o077) === 0 || warned.has(path)) return;
  warned.add(path);
  process.emitWarning(
    `${path} can be read or written by other users (mode ${(mode & 0o777).toString(8)}), and it has passwords. Run: chmod 600 ${path}`,
    {
      type: "ErrandWarning",
      code: "ERRAND_NETRC_MODE",
    },
  );
}
