import { readFile } from "node:fs/promises";
import { filePath, type Io } from "../io.ts";
import { UsageError } from "../usage-error.ts";

interface TextItem {
  readonly name: string;
  readonly value: string;
  readonly fromFile: boolean;
}

/** An item's text: as typed, or the content of its file without the newline that editors put at the end. */
export async function itemText({ name, value, fromFile }: TextItem, io: Io): Promise<string> {
  if (!fromFile) return value;
  try {
    return (await readFile(filePath(io, value), "utf8")).replace(/\r?\n$/, "");
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    throw new UsageError(`${name}: cannot read ${value} (${reason})`, { hint: `To send a value that begins with @ write \\@.`, cause });
  }
}
