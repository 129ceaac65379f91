import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The subpaths of the package, as users import them. */
export function subpaths(): readonly string[] {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { exports: Record<string, unknown> };
  return Object.keys(exports)
    .filter((subpath) => !subpath.endsWith(".json"))
    .map((subpath) => `errand${subpath.slice(1)}`);
}

/** Every name a subpath exports, as its snapshot of the public surface lists them. */
export function exportedNames(subpath: string): readonly string[] {
  const snapshot = readFileSync(join(root, `test/packaging/api/${subpath.replace("errand/", "")}.txt`), "utf8");
  return (/^exports: (.*)$/m.exec(snapshot)?.[1] ?? "").split(", ");
}

/** The index of everything that can be imported, each with the first sentence of its TSDoc. */
export function exportsPage(): string {
  const sections = subpaths().map((subpath) => {
    const rows = exportedNames(subpath).map((name) => `| \`${name}\` | ${summaryOf(subpath, name).replaceAll("|", "\\|")} |\n`);
    return `## ${subpath}\n\n| name | |\n|---|---|\n${rows.join("")}`;
  });
  return `# Everything that can be imported\n\nThe editor shows the whole of each. Written by \`npm run docs\` from the sources.\n\n${sections.join("\n")}`;
}

/** The first sentence of an export's TSDoc; throws when it has none. */
function summaryOf(subpath: string, name: string): string {
  const { text, at } = declarationOf(entryOf(subpath), name);
  const comment = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(text.slice(0, at))?.[1];
  if (comment === undefined) throw new Error(`${subpath} exports ${name}, which has no TSDoc`);
  const [description = ""] = comment
    .replaceAll(/^\s*\* ?/gm, "")
    .replaceAll(/\{@link (\w+)[^}]*\}/g, "`$1`")
    .split(/\n\s*\n|(?:^|\s)@\w/);
  const line = description.replaceAll(/\s+/g, " ").trim();
  return /^.*?(?:\.(?= [A-Z`"])|$)/.exec(line)?.[0] ?? line;
}

/** The fields without TSDoc of the options types that a subpath exports. */
export function bareFields(subpath: string): readonly string[] {
  const types = exportedNames(subpath).filter((name) => /(?:Options|Settings|Numbering|Limits)$/.test(name));
  return types.flatMap((type) => {
    const { text, at } = declarationOf(entryOf(subpath), type);
    const body = /^export interface [^\n]*\{\n([\s\S]*?)\n\}/.exec(text.slice(at))?.[1] ?? "";
    const fields = [...body.matchAll(/(^.*\n)?^ {2}readonly (\w+)\??:/gm)];
    return fields.filter(([, before = ""]) => !before.trimEnd().endsWith("*/")).map(([, , name]) => `${type}.${name}`);
  });
}

function entryOf(subpath: string): string {
  const room = subpath.slice("errand/".length);
  const folder = ["kubernetes", "prometheus", "slack"].includes(room) ? `services/${room}/` : room === "" ? "" : `${room}/`;
  return join(root, `src/${folder}index.ts`);
}

/** Follows `export { name } from` to the file that declares it. */
function declarationOf(file: string, name: string): { readonly text: string; readonly at: number } {
  const text = readFileSync(file, "utf8");
  const own = new RegExp(`^export (?:default )?(?:abstract )?(?:async )?(?:class|interface|type|const|function) ${name}\\b`, "m").exec(
    text,
  );
  if (own !== null) return { text, at: own.index };
  if (name === "default") return { text, at: text.search(/^(?:const \w+ = .*\n)?export default /m) };
  for (const [, names = "", from = ""] of text.matchAll(/^export (?:type )?\{([^}]*)\} from "(\.[^"]+)"/gm)) {
    const entry = names.split(",").map((part) =>
      part
        .trim()
        .replace(/^type /, "")
        .split(" as "),
    );
    const found = entry.find((part) => part.at(-1) === name)?.[0];
    if (found !== undefined) return declarationOf(resolve(dirname(file), from), found);
  }
  throw new Error(`${file} does not export ${name}`);
}
