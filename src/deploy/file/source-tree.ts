/** A place in the file, 1-based. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface SourceEntry {
  readonly key: string;
  readonly keyAt: Position;
  readonly value: SourceNode;
}

/** The file's content with positions, aliases resolved: what the shapes read. */
export type SourceNode =
  | { readonly kind: "map"; readonly at: Position; readonly entries: readonly SourceEntry[] }
  | { readonly kind: "list"; readonly at: Position; readonly items: readonly SourceNode[] }
  | { readonly kind: "scalar"; readonly at: Position; readonly value: unknown; readonly source: string }
  /** What cannot be read as YAML; reported already. */
  | { readonly kind: "broken"; readonly at: Position };

/** What the node is, for a message; a text is quoted only if it is short, since it may be a misplaced credential. */
export function describeNode(node: SourceNode): string {
  if (node.kind === "map") return "a map";
  if (node.kind === "list") return "a list";
  if (node.kind === "broken") return "what stands there";
  if (node.value === null || node.value === undefined) return "nothing";
  if (typeof node.value === "string") return node.value.length <= 16 ? JSON.stringify(node.value) : "a text";
  return node.source === "" ? `a ${typeof node.value}` : node.source;
}
