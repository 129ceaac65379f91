import { chmod, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import type { SavedCookies } from "../../../cookies/index.ts";
import { filePath, type Io } from "../../io.ts";
import { UsageError } from "../../usage-error.ts";

/** A session as it is written down. Headers and credentials belong to an origin: they never go to another one. */
export interface SavedSession {
  readonly version: 1;
  readonly origins: Readonly<Record<string, SavedOrigin>>;
  readonly cookies: SavedCookies;
}

export interface SavedOrigin {
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** A reference as `-a` takes it, such as `bearer=env:API_TOKEN`; never a credential itself. */
  readonly auth?: string;
}

const empty: SavedSession = { version: 1, origins: {}, cookies: { version: 1, cookies: [] } };

/** A name, or with a slash a path. Names stand under `$XDG_STATE_HOME/errand/sessions`. */
export function sessionPath(name: string, io: Pick<Io, "cwd" | "env">): string {
  if (name.includes("/")) return filePath(io, name);
  if (!/^[\w@+-][\w.@+-]*$/.test(name))
    throw new UsageError(`'${name}' cannot be the name of a session`, {
      hint: "Letters, digits and .-_@+; a path has a slash: ./session.json.",
    });
  const state = io.env["XDG_STATE_HOME"];
  // A relative path there is to be ignored (XDG Base Directory Specification).
  const root = state?.startsWith("/") === true ? state : join(io.env["HOME"] ?? homedir(), ".local", "state");
  return resolve(root, "errand", "sessions", `${name}.json`);
}

/** @returns an empty one where there is no file @throws UsageError for a file that is none of errand's sessions */
export async function readSession(path: string, warn: (message: string) => void): Promise<SavedSession> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    if (codeOf(cause) === "ENOENT") return undefined;
    throw new UsageError(`the session ${path} cannot be read (${codeOf(cause)})`, { cause });
  });
  if (text === undefined) return empty;
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0 && process.platform !== "win32") warn(`others can read the session ${path}; better: chmod 600 ${path}`);
  try {
    const saved: unknown = JSON.parse(text);
    if (isSession(saved)) return saved;
  } catch {
    // The message of JSON.parse would quote cookies.
  }
  throw new UsageError(`${path} is no session of errand`, { hint: "Give another name, or remove the file to begin anew." });
}

/** Whole or not at all, and for its owner alone. */
export async function writeSession(path: string, session: SavedSession): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const partial = join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.part`);
  try {
    const file = await open(partial, "wx", 0o600);
    try {
      await file.writeFile(`${JSON.stringify(session, undefined, 2)}\n`);
    } finally {
      await file.close();
    }
    await chmod(partial, 0o600);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

function isSession(value: unknown): value is SavedSession {
  if (!isRecord(value) || value["version"] !== 1 || !isRecord(value["origins"]) || !isRecord(value["cookies"])) return false;
  return Object.values(value["origins"]).every(isOrigin);
}

function isOrigin(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { auth, headers = {} } = value;
  if (auth !== undefined && typeof auth !== "string") return false;
  return isRecord(headers) && Object.values(headers).every((line) => [line].flat().every((text) => typeof text === "string"));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
}
