import { randomUUID } from "node:crypto";
import { readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import type { RequestSummary } from "../../errors/index.ts";
import { alreadyRunning, lockLost } from "./failures.ts";

/** Whose lock it is. */
interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly token: string;
}

/** How often the owner shows that it lives. */
const heartbeatMs = 20_000;
/** An owner that did not show itself for so long is gone, or stood still. */
const staleMs = 120_000;

/** Tokens of the locks that this process holds: after a restart its number may come back, the token does not. */
const held = new Set<string>();

/**
 * A file beside the target that says that one download owns the part: two of them would write into each other.
 *
 * A lock is stale when its process is gone from this machine, or when it was not touched for two minutes (other machines, numbers that came
 * back). Node has no flock().
 */
export class PartLock {
  readonly #path: string;
  readonly #owner: Owner;
  readonly #request: RequestSummary;
  readonly #timer: NodeJS.Timeout;
  /** Wall clock: it goes on while the machine sleeps. */
  #seenAt = Date.now();

  private constructor(path: string, owner: Owner, request: RequestSummary) {
    this.#path = path;
    this.#owner = owner;
    this.#request = request;
    held.add(owner.token);
    this.#timer = setInterval(() => void this.#beat(), heartbeatMs).unref();
  }

  /** @throws RequestError when another download holds it; errors of the file system unchanged */
  static async acquire(path: string, request: RequestSummary): Promise<PartLock> {
    const owner = { pid: process.pid, host: hostname(), token: randomUUID() };
    if ((await create(path, owner)) || (await takeOver(path, owner))) return new PartLock(path, owner, request);
    throw alreadyRunning({ path, owner: describe(await readOwner(path)) }, request);
  }

  /** Before the file is touched after a standstill, and before it gets its name: throws when somebody took the lock over. */
  async assertHeld(isCareful: boolean): Promise<void> {
    if (!isCareful && Date.now() - this.#seenAt < staleMs) return;
    const owner = await readOwner(this.#path);
    if (owner?.token !== this.#owner.token) throw lockLost(this.#path, this.#request);
    await this.#beat();
  }

  /** Leaves another owner's lock alone. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    held.delete(this.#owner.token);
    if ((await readOwner(this.#path))?.token === this.#owner.token) await rm(this.#path, { force: true });
  }

  async #beat(): Promise<void> {
    const now = new Date();
    try {
      await utimes(this.#path, now, now);
      this.#seenAt = now.getTime();
    } catch {
      // Gone or out of reach: without a beat assertHeld() looks for itself.
    }
  }
}

async function create(path: string, owner: Owner): Promise<boolean> {
  try {
    await writeFile(path, `${JSON.stringify(owner)}\n`, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/** Replaces a stale lock. Of several that try, one at a time may look and remove: else the second would remove the first one's new lock. */
async function takeOver(path: string, owner: Owner): Promise<boolean> {
  if (!(await isStale(path))) return false;
  const turn = `${path}.turn`;
  if (!(await create(turn, owner))) {
    // Left behind by a crash within these few lines.
    if (await isOld(turn)) await rm(turn, { force: true });
    return false;
  }
  try {
    if (!(await isStale(path))) return false;
    await rm(path, { force: true });
    return await create(path, owner);
  } finally {
    await rm(turn, { force: true });
  }
}

async function isStale(path: string): Promise<boolean> {
  const owner = await readOwner(path);
  // Unreadable: it is being written at this moment, or was cut by a crash.
  if (owner === undefined || owner.host !== hostname()) return isOld(path);
  if (owner.pid === process.pid) return !held.has(owner.token);
  return !isAlive(owner.pid) || isOld(path);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, under another user.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

async function isOld(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  // Gone meanwhile: as good as stale, for it is then created anew.
  return stats === undefined || Date.now() - stats.mtimeMs > staleMs;
}

async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, "utf8"));
    if (typeof value !== "object" || value === null || !("pid" in value && "host" in value && "token" in value)) return undefined;
    const { pid, host, token } = value;
    if (typeof pid !== "number" || !Number.isInteger(pid) || pid < 1 || typeof host !== "string" || typeof token !== "string")
      return undefined;
    return { pid, host, token };
  } catch {
    // Absent, cut, or not ours to read: nobody that could be named.
    return undefined;
  }
}

function describe(owner: Owner | undefined): string {
  if (owner === undefined) return "another download";
  return owner.pid === process.pid && owner.host === hostname() ? "another call of this process" : `process ${owner.pid} on ${owner.host}`;
}
