import { writeFile } from "node:fs/promises";
import { version } from "../../../client/index.ts";
import { filePath, type Io } from "../../io.ts";
import { har } from "../../output/har.ts";
import { UsageError } from "../../usage-error.ts";
import type { LoggedExchange } from "./exchange-log.ts";

/** Writes `--har FILE`. */
export async function writeHar(file: string, exchanges: readonly LoggedExchange[], io: Io): Promise<void> {
  const path = filePath(io, file);
  try {
    await writeFile(path, `${JSON.stringify(har(exchanges, version), undefined, 2)}\n`, { mode: 0o600 });
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    throw new UsageError(`--har: cannot write ${path} (${reason})`, { cause });
  }
}
