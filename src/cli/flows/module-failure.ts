import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { ErrandError } from "../../errors/index.ts";
import { sourcePlace } from "./source-place.ts";

export interface FailedModule {
  readonly path: string;
  /** As it was written on the command line. */
  readonly typed: string;
  /** The URL of the module that was read last. */
  readonly last: string | undefined;
}

/** Why a module could not be loaded: where, in the user's own files, and what stands there; no stack of Node's. */
export async function moduleFailure(error: unknown, { path, typed, last }: FailedModule): Promise<ErrandError> {
  const problem =
    error instanceof Error ? `${error.name === "Error" ? "" : `${error.name}: `}${error.message}` : `it threw ${String(error)}`;
  const place = (await placeOf(error, last)) ?? { where: path, lines: [] };
  return new ErrandError({
    code: "ERR_FLOW_MODULE",
    message: [
      `${typed} cannot be loaded: ${problem} (ERR_FLOW_MODULE)`,
      `  at ${place.where}`,
      ...place.lines.map((line) => `  ${line}`),
    ].join("\n"),
    hint: hintFor(error),
    cause: error,
  });
}

interface Place {
  /** file:line, and the column where it is known. */
  readonly where: string;
  /** The source, and a mark below it. */
  readonly lines: readonly string[];
}

async function placeOf(error: unknown, last: string | undefined): Promise<Place | undefined> {
  if (!(error instanceof Error)) return undefined;
  const shown = markedPlace(error.stack ?? "");
  if (shown !== undefined) return shown;
  const missing = /^Cannot find (?:package|module) '(.+?)' imported from (.+)$/s.exec(error.message);
  if (missing !== null) return importPlace(missing[1] ?? "", missing[2] ?? "");
  if (error instanceof SyntaxError && last?.startsWith("file:") === true) return parsedPlace(fileURLToPath(last));
  const where = sourcePlace(error);
  return where === undefined ? undefined : { where, lines: [] };
}

/** What Node puts in front of a stack: `file:line`, the source, a mark below it. */
function markedPlace(text: string): Place | undefined {
  const [first = "", ...rest] = text.split("\n");
  const [, file, line] = /^(?:file:\/\/)?(\/.+|[A-Za-z]:\\.+):(\d+)$/.exec(first) ?? [];
  if (file === undefined || line === undefined) return undefined;
  const end = rest.findIndex((each) => /^\s*\^+\s*$/.test(each));
  return { where: `${decodeURI(file)}:${line}`, lines: end < 1 ? [] : rest.slice(end - 1, end + 1) };
}

/** The line that imports what is not there. */
async function importPlace(specifier: string, importer: string): Promise<Place> {
  const path = importer.startsWith("file:") ? fileURLToPath(importer) : importer;
  // A relative import is named by the path it leads to.
  const wanted = specifier.slice(specifier.lastIndexOf("/") + 1);
  const source = await readFile(path, "utf8").catch(() => "");
  const lines = source.split("\n");
  const index = lines.findIndex((line) => /\b(?:from|import|require)\b/.test(line) && /["']/.test(line) && line.includes(wanted));
  return index < 0 ? { where: path, lines: [] } : { where: `${path}:${index + 1}`, lines: [lines[index]?.trim() ?? ""] };
}

/** V8 tells where it could not go on reading, but not in the error: Node prints it when it only checks a file. */
async function parsedPlace(path: string): Promise<Place> {
  const printed = await new Promise<string>((resolve) => {
    execFile(process.execPath, ["--check", path], { timeout: 10_000 }, (_error, _stdout, stderr) => resolve(stderr));
  });
  return markedPlace(printed) ?? { where: path, lines: [] };
}

function hintFor(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX")
    return "Node strips types and runs the rest. Write it in plain JavaScript: an object for an enum, fields for parameter properties.";
  const missing = error instanceof Error ? /^Cannot find package '((?:@[^/']+\/)?[^/']+)/.exec(error.message) : null;
  if (missing !== null) return `npm install ${missing[1]}`;
  if (code === "ERR_MODULE_NOT_FOUND") return "Imports name the file as it is, extension and all: ./steps.ts";
  return undefined;
}
