import { createHash, randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";

/** What a part is the beginning of: only with all of it can a later call go on. */
export interface PartRecord {
  /** A strong ETag, or a strong Last-Modified. */
  readonly validator: string;
  /** Of the whole file; absent when the server did not say. */
  readonly lengthBytes?: number;
}

/** A longer one is not ours. */
const longestBytes = 16_384;

/** Writes the record for a part of this URL. The URL itself may hold secrets, in its path too: only a salted hash of it is kept. It must not be there yet. */
export async function writeSidecar(path: string, url: URL, record: PartRecord): Promise<void> {
  const salt = randomBytes(16).toString("hex");
  const text = JSON.stringify({ version: 1, salt, url: hashOf(url, salt), ...record });
  await writeFile(path, `${text}\n`, { flag: "wx", mode: 0o600 });
}

/** The record, if there is one for this very URL; what is damaged or of another URL counts as absent. */
export async function readSidecar(path: string, url: URL): Promise<PartRecord | undefined> {
  const parsed = parse(await readFile(path, "utf8").catch(absent));
  if (parsed === undefined || parsed.version !== 1 || typeof parsed.salt !== "string" || parsed.url !== hashOf(url, parsed.salt))
    return undefined;
  const { validator, lengthBytes } = parsed;
  if (typeof validator !== "string" || validator === "") return undefined;
  if (lengthBytes === undefined) return { validator };
  return typeof lengthBytes === "number" && Number.isSafeInteger(lengthBytes) && lengthBytes >= 0 ? { validator, lengthBytes } : undefined;
}

function absent(error: unknown): undefined {
  // Without its record a part is only some bytes; a disk that fails will say so when the new part is written.
  if (error instanceof Error && "code" in error) return undefined;
  throw error;
}

function parse(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined || text.length > longestBytes) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    // Cut off by a crash: absent.
    return undefined;
  }
}

/** Without the fragment, which is not sent. */
function hashOf(url: URL, salt: string): string {
  return createHash("sha256")
    .update(`${salt} ${url.href.replace(/#.*$/s, "")}`)
    .digest("hex");
}
