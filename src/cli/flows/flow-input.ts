import { readFile } from "node:fs/promises";
import { filePath, type Io } from "../io.ts";
import { UsageError } from "../usage-error.ts";

/** What `--input` says: JSON, `@FILE` with JSON, or `@-` for stdin. */
export async function flowInput(typed: string, io: Pick<Io, "cwd" | "env" | "stdin">): Promise<unknown> {
  if (typed === "@-") return parsed(await stdinText(io.stdin), "stdin");
  if (!typed.startsWith("@")) return parsed(typed, "--input");
  const path = typed.slice(1);
  try {
    return parsed(await readFile(filePath(io, path), "utf8"), path);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    throw new UsageError(`cannot read ${path}: ${code === "ENOENT" ? "there is no such file" : code}`, { cause });
  }
}

function parsed(text: string, where: string): unknown {
  try {
    // A byte order mark is no JSON, and editors write it all the same.
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw new UsageError(`${where} is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      hint: `Text stands in quotes of its own: --input '"web"'. A file: --input @input.json`,
      cause,
    });
  }
}

async function stdinText(stdin: Io["stdin"]): Promise<string> {
  if (stdin.kind !== "pipe")
    throw new UsageError("--input @- reads stdin, and there is none", { hint: "Pipe it in: ... | errand run FILE --input @-" });
  const pieces: Uint8Array[] = [];
  for await (const chunk of stdin.chunks()) pieces.push(chunk);
  return Buffer.concat(pieces).toString("utf8");
}
