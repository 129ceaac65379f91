import { journalFile } from "../../flow/index.ts";
import { filePath, type Io } from "../io.ts";

/** The journal that `--journal` names, by default the project's. */
export function journalPath(io: Pick<Io, "cwd" | "env">, given: string | undefined): string {
  return journalFile(given === undefined ? undefined : filePath(io, given), io.env, io.cwd);
}
