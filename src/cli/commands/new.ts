import { writeFile } from "node:fs/promises";
import { extname } from "node:path";
import type { Command } from "commander";
import { filePath, type Io } from "../io.ts";
import { scriptTemplate, type ScriptLanguage } from "../output/script-template.ts";
import { UsageError } from "../usage-error.ts";

const languages: Readonly<Record<string, ScriptLanguage>> = {
  ".ts": "typescript",
  ".mts": "typescript",
  ".js": "javascript",
  ".mjs": "javascript",
};

/** `errand new FILE`: a script to start from. Never writes over a file. */
export function register(command: Command, io: Io): void {
  command.argument("<FILE>", "such as report.ts or report.mjs").action(async (file: string) => {
    const extension = extname(file);
    const language = languages[extension];
    if (language === undefined) {
      const why =
        extension === ".cjs" || extension === ".cts"
          ? "CommonJS has no top-level await"
          : `the extension ${extension === "" ? "is missing" : `${extension} is not known`}`;
      throw new UsageError(`cannot write ${file}: ${why}`, { hint: `It takes ${Object.keys(languages).join(", ")}.` });
    }
    await writeNew(file, scriptTemplate(language), io);
    io.stdout.print(`wrote ${file}; run it: node ${file}`);
  });
}

async function writeNew(file: string, text: string, io: Io): Promise<void> {
  try {
    await writeFile(filePath(io, file), text, { flag: "wx" });
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    const why = code === "EEXIST" ? "it exists already, and is not overwritten" : code;
    throw new UsageError(`cannot write ${file}: ${why}`, { hint: code === "EEXIST" ? "Choose another name." : undefined, cause });
  }
}
