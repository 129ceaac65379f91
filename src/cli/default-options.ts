import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { CommanderError, type Command } from "commander";
import type { Io } from "./io.ts";

/** Where default options stand: `{ "defaultOptions": ["--timeout", "10"] }`. */
export function configPath(env: Io["env"]): string {
  const config = env["XDG_CONFIG_HOME"];
  // A relative path there is to be ignored (XDG Base Directory Specification).
  const root = config?.startsWith("/") === true ? config : join(env["HOME"] ?? homedir(), ".config");
  return join(root, "errand", "config.json");
}

/** The options of the config file, none where there is no file. What is wrong with it is a warning: the command goes on without it. */
export function defaultOptions(io: Io): readonly string[] {
  const path = configPath(io.env);
  const text = readText(path, io);
  if (text === undefined) return [];
  try {
    const config: unknown = JSON.parse(text);
    const options: unknown =
      typeof config === "object" && config !== null && "defaultOptions" in config ? config.defaultOptions : undefined;
    if (Array.isArray(options) && options.every((option) => typeof option === "string")) return options;
    warn(path, 'it is not of the form { "defaultOptions": ["--timeout", "10"] }', io);
  } catch (error) {
    warn(path, `it is not JSON: ${error instanceof Error ? error.message : String(error)}`, io);
  }
  return [];
}

/**
 * The default options that this command can be called with: all or none.
 *
 * @param scratch a command like the one that is called; it is used up
 */
export function usableDefaults(options: readonly string[], scratch: Command, io: Io): readonly string[] {
  try {
    const { unknown, operands } = scratch.parseOptions([...options]);
    const [stray] = [...unknown, ...operands];
    if (stray === undefined) return options;
    warn(configPath(io.env), `'${stray}' is no option of ${scratch.name()}`, io);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    warn(configPath(io.env), error.message.replace(/^error: /, ""), io);
  }
  return [];
}

/**
 * Those of the options, each with its value, that another command has as well: a download is not told how to lay out JSON.
 *
 * @param request a command that has them all
 */
export function sharedDefaults(options: readonly string[], request: Command, other: Command): readonly string[] {
  const has = (command: Command, flag: string): boolean => command.options.some(({ long, short }) => long === flag || short === flag);
  const shared: string[] = [];
  for (let at = 0; at < options.length;) {
    const [flag = ""] = (options[at] ?? "").split("=", 1);
    const option = request.options.find(({ long, short }) => long === flag || short === flag);
    const hasOwnWord = option !== undefined && (option.required || option.optional) && !(options[at] ?? "").includes("=");
    const words = options.slice(at, at + (hasOwnWord ? 2 : 1));
    // What no request knows stays, to be named as wrong.
    if (option === undefined || has(other, flag)) shared.push(...words);
    at += words.length;
  }
  return shared;
}

function readText(path: string, io: Io): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    if (code !== "ENOENT" && code !== "ENOTDIR") warn(path, `it cannot be read (${code})`, io);
    return undefined;
  }
}

function warn(path: string, problem: string, io: Io): void {
  io.stderr.print(`warning: the default options of ${path} are left out: ${problem}`);
}
