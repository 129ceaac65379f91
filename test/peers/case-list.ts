import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One test of another client's suite. */
export interface PeerCase {
  /** The repository's own name: `requests`, `urllib3`. Our files begin with it. */
  readonly peer: string;
  /** Without the class it stands in: what our titles begin with. */
  readonly name: string;
}

const folder = import.meta.dirname;
const page = join(folder, "../../docs/reference/requests-cases.md");

/** Every case of cases.tsv: `owner/repository:file`, a tab, `Class::name[parameter]`. */
export function peerCases(): readonly PeerCase[] {
  const lines = readFileSync(join(folder, "cases.tsv"), "utf8").trimEnd().split("\n");
  return lines.map((line) => {
    const [source = "", id = ""] = line.split("\t");
    return { peer: source.slice(source.indexOf("/") + 1, source.indexOf(":")), name: id.replace(/^\w+::/, "") };
  });
}

/** The names at the head of a title: `test_a, test_b (a remark): what it does`. A title that begins otherwise has none. */
export function namesOf(title: string, known: ReadonlySet<string>): readonly string[] {
  const names: string[] = [];
  for (let rest = title; ;) {
    const name = longestPrefix(rest, known);
    if (name === undefined) return names;
    names.push(name);
    const next = /^(?: \([^)]*\))?, /.exec(rest.slice(name.length));
    if (next === null) return names;
    rest = rest.slice(name.length + next[0].length);
  }
}

function longestPrefix(text: string, known: ReadonlySet<string>): string | undefined {
  for (let end = text.length; end > 0; end -= 1) {
    const isWhole = end === text.length || /^(?:, | \(|: )/.test(text.slice(end, end + 2));
    if (isWhole && known.has(text.slice(0, end))) return text.slice(0, end);
  }
  return undefined;
}

export interface PeerFile {
  readonly name: string;
  readonly source: string;
  /** The text literals of the source: titles of tests, and of the rows of a table of tests, are among them. */
  readonly titles: readonly string[];
}

/** The test files of a peer, by the beginning of their names. */
export function peerFiles(peer: string): readonly PeerFile[] {
  const names = readdirSync(folder).filter(
    (name) => name.endsWith(".test.ts") && (name.startsWith(`${peer}-`) || name === `${peer}.test.ts`),
  );
  return names.map((name) => {
    const source = readFileSync(join(folder, name), "utf8");
    const literals = [...source.matchAll(/"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'/g)].map(
      ([, double, single]) => double ?? single ?? "",
    );
    return { name, source, titles: literals };
  });
}

/** The rows of the page that says where errand decides otherwise: `| peer | case | ...`. */
export function decidedOtherwise(): readonly PeerCase[] {
  const rows = readFileSync(page, "utf8").matchAll(/^\| ([\w-]+) \| `([^`]+)` \|/gm);
  return [...rows].map(([, peer = "", name = ""]) => ({ peer, name }));
}
