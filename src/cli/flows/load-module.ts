import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { pathToFileURL } from "node:url";
import { UsageError } from "../usage-error.ts";
import { moduleFailure } from "./module-failure.ts";
import { resolveErrand, type ModuleWatch } from "./resolve-errand.ts";

const extensions: readonly string[] = [".ts", ".mts", ".js", ".mjs"];

/** Node keeps its hooks, and the modules it loaded. */
let watch: ModuleWatch | undefined;

/**
 * What a user's module exports; Node itself strips the types.
 *
 * @param typed the path as it was written, for messages
 * @throws UsageError, ErrandError ERR_FLOW_MODULE with file and line
 */
export async function loadModule(path: string, typed: string): Promise<Readonly<Record<string, unknown>>> {
  if (!extensions.includes(extname(path)))
    throw new UsageError(`${typed} is no module that can be run`, { hint: `It takes ${extensions.join(", ")}.` });
  const found = await stat(path).catch((cause: unknown) => {
    throw new UsageError(`cannot read ${typed}: ${codeOf(cause)}`, { cause });
  });
  if (!found.isFile()) throw new UsageError(`cannot read ${typed}: it is no file`);
  watch ??= resolveErrand();
  try {
    return (await import(/* @vite-ignore */ pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (error) {
    throw await moduleFailure(error, { path, typed, last: watch.last });
  }
}

function codeOf(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return code === "ENOENT" ? "there is no such file" : String(code);
}
