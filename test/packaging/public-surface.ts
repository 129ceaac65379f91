import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** A top-level statement of a declaration file. */
interface Declaration {
  readonly name: string;
  readonly text: string;
}

interface DeclarationFile {
  readonly declarations: readonly Declaration[];
  /** Local name -> where it comes from. Of `export ... from` as well as of `import`. */
  readonly sources: ReadonlyMap<string, { readonly path: string; readonly name: string }>;
  /** Exported name -> local name. */
  readonly exports: ReadonlyMap<string, string>;
}

const files = new Map<string, DeclarationFile>();

/**
 * What users of an entry point can name or reach by its types: every exported declaration and those it mentions, in alphabetical order.
 * Those that `besides` has as well are left to it.
 */
export function publicSurface(entryPath: string, besides?: string): string {
  const elsewhere = besides === undefined || besides === entryPath ? new Map<string, string>() : reachable(besides);
  const declared = [...reachable(entryPath)].filter(([key]) => !elsewhere.has(key)).map(([, text]) => text);
  declared.sort((a, b) => compare(titleOf(a), titleOf(b)));
  const exported = [...declarationsOf(entryPath).exports.keys()].sort(compare);
  return `exports: ${exported.join(", ")}\n\n${declared.join("\n\n")}\n`;
}

function reachable(entryPath: string): ReadonlyMap<string, string> {
  const seen = new Map<string, string>();
  const visit = (path: string, name: string): void => {
    const { declarations, sources, exports } = declarationsOf(path);
    const local = exports.get(name) ?? name;
    const source = sources.get(local);
    if (source !== undefined) {
      visit(source.path, source.name);
      return;
    }
    const found = declarations.filter((declaration) => declaration.name === local);
    const key = `${path}:${local}`;
    if (found.length === 0 || seen.has(key)) return;
    const text = found.map((declaration) => declaration.text).join("\n");
    seen.set(key, text);
    for (const word of new Set(text.match(/[A-Za-z_$][\w$]*/g))) visit(path, word);
  };
  for (const name of declarationsOf(entryPath).exports.keys()) visit(entryPath, name);
  return seen;
}

function declarationsOf(path: string): DeclarationFile {
  const known = files.get(path) ?? parse(path);
  files.set(path, known);
  return known;
}

function parse(path: string): DeclarationFile {
  const declarations: Declaration[] = [];
  const sources = new Map<string, { path: string; name: string }>();
  const exports = new Map<string, string>();
  for (const statement of statementsIn(readFileSync(path, "utf8"))) {
    const list = /^(import|export)(?: type)? \{([^}]*)\}(?: from "(\.[^"]+)")?/.exec(statement);
    if (list !== null) {
      const [, keyword, names = "", from] = list;
      for (const [name, alias] of namesIn(names)) {
        const local = keyword === "import" ? alias : from === undefined ? name : alias;
        if (keyword === "export") exports.set(alias, local);
        if (from !== undefined) sources.set(local, { path: declarationPath(path, from), name });
      }
      continue;
    }
    const byDefault = /^export default (\w+);/.exec(statement);
    if (byDefault?.[1] !== undefined) exports.set("default", byDefault[1]);
    const named = /^(export )?(?:default )?(?:declare )?(?:abstract )?(?:class|interface|type|const|function|namespace) ([\w$]+)/.exec(
      statement,
    );
    if (named?.[2] === undefined) continue;
    declarations.push({ name: named[2], text: statement });
    if (named[1] !== undefined) exports.set(named[2], named[2]);
  }
  return { declarations, sources, exports };
}

/** tsc begins each statement at the margin and indents the rest of it. Comments and private members are nobody's contract. */
function statementsIn(text: string): readonly string[] {
  const bare = text
    .replaceAll(/^[ \t]*\/\*\*[\s\S]*?\*\/\n/gm, "")
    .replaceAll(/^ +(?:#private|private .*);\n/gm, "")
    .trimEnd();
  return bare.split(/\n(?=\w)/).map((statement) => statement.trimEnd());
}

function namesIn(list: string): readonly (readonly [name: string, alias: string])[] {
  const parts = list.split(",").map((part) => part.trim().replace(/^type /, ""));
  return parts
    .filter((part) => part !== "")
    .map((part) => {
      const [name = part, alias = name] = part.split(" as ");
      return [name, alias] as const;
    });
}

function declarationPath(from: string, specifier: string): string {
  return resolve(dirname(from), specifier.replace(/\.ts$/, ".d.ts").replace(/\.js$/, ".d.ts"));
}

function titleOf(text: string): string {
  return /(?:class|interface|type|const|function|namespace) ([\w$]+)/.exec(text)?.[1] ?? text;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
