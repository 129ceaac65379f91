import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseAllDocuments, type Document, type Node, type YAMLMap } from "yaml";
import type { FileProblem } from "./problem.ts";
import type { Position, SourceEntry, SourceNode } from "./source-tree.ts";

/** Far above any deploy file; a chain of aliases that doubles at each step ("billion laughs") passes it at once. */
const maxNodes = 10_000;
const maxBytes = 1_000_000;

/**
 * Reads one YAML 1.2 document. Aliases are resolved here, so that the checks of `before` can be used again in `after`.
 *
 * Gives undefined when the text is no YAML, after leaving the reasons in `problems`.
 */
export function readYaml(text: string, problems: FileProblem[]): SourceNode | undefined {
  if (Buffer.byteLength(text) > maxBytes) return refuse(problems, { line: 1, column: 1 }, "the file is larger than 1 MB");
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    version: "1.2",
    uniqueKeys: true,
    prettyErrors: false,
    stringKeys: false,
  });
  const [document, second] = Array.isArray(documents) ? documents : [];
  const start = { line: 1, column: 1 };
  if (document === undefined) return refuse(problems, start, "the file is empty; it takes version, cluster, target and change");
  for (const error of [...document.errors, ...document.warnings]) {
    problems.push({ path: "", ...position(lines, error.pos[0]), message: yamlMessage(error.code, error.message) });
  }
  if (document.errors.length > 0) return undefined;
  if (second !== undefined) {
    const at = position(lines, second.range[0]);
    problems.push({ path: "", ...at, message: "a second document begins here; a deploy file is one document" });
  }
  if (document.contents === null) return refuse(problems, start, "the file is empty; it takes version, cluster, target and change");
  return new TreeBuilder({ document, lines, problems }).build(document.contents);
}

function refuse(problems: FileProblem[], at: Position, message: string): undefined {
  problems.push({ path: "", ...at, message });
}

function yamlMessage(code: string, message: string): string {
  if (code === "DUPLICATE_KEY") return "this key stands twice in its map; YAML would keep one of them without a word";
  // The library's own words are precise; only their capital differs from ours.
  return `not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}

function position(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

interface TreeBuilderInit {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
  readonly problems: FileProblem[];
}

class TreeBuilder {
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;
  readonly #problems: FileProblem[];
  readonly #open = new Set<Node>();
  #nodes = 0;

  constructor({ document, lines, problems }: TreeBuilderInit) {
    this.#document = document;
    this.#lines = lines;
    this.#problems = problems;
  }

  build(node: Node | null): SourceNode {
    const at = position(this.#lines, node?.range?.[0] ?? 0);
    this.#nodes += 1;
    if (this.#nodes > maxNodes) return this.#refuse(at, "the aliases of this file expand to too much");
    if (node === null) return empty(at);
    if (isAlias(node)) return this.#alias(node.resolve(this.#document), { at, name: node.source });
    if (isScalar(node)) return { kind: "scalar", at, value: node.value, source: node.source ?? "" };
    this.#open.add(node);
    try {
      if (isMap(node)) return { kind: "map", at, entries: this.#entries(node) };
      if (isSeq(node)) return { kind: "list", at, items: node.items.map((item) => this.build(asNode(item))) };
      return empty(at);
    } finally {
      this.#open.delete(node);
    }
  }

  #alias(target: Node | undefined, { at, name }: { readonly at: Position; readonly name: string }): SourceNode {
    if (target === undefined) return this.#refuse(at, `the alias *${name} names no anchor`);
    if (this.#open.has(target)) return this.#refuse(at, `the alias *${name} contains itself`);
    // What is wrong inside is reported where the anchor stands: that is the line to change.
    return this.build(target);
  }

  #entries(map: YAMLMap): SourceEntry[] {
    const entries: SourceEntry[] = [];
    for (const pair of map.items) {
      const key = asNode(pair.key);
      const keyAt = position(this.#lines, key?.range?.[0] ?? map.range?.[0] ?? 0);
      if (this.#nodes > maxNodes) break;
      if (!isScalar(key)) {
        this.#refuse(keyAt, "a key is a plain word here, not a map, list or alias");
        continue;
      }
      const value = asNode(pair.value);
      entries.push({ key: String(key.value), keyAt, value: value === null ? empty(keyAt) : this.build(value) });
    }
    return entries;
  }

  #refuse(at: Position, message: string): SourceNode {
    // Past the limit every further node would repeat the same sentence.
    if (this.#nodes <= maxNodes + 1) refuse(this.#problems, at, message);
    return { kind: "broken", at };
  }
}

function empty(at: Position): SourceNode {
  return { kind: "scalar", at, value: null, source: "" };
}

/** A key or value that is not there is null in the document. */
function asNode(value: unknown): Node | null {
  return isNode(value) ? value : null;
}
