import { pathError, type JsonStep } from "./json-path.ts";

/** JSON under construction. A leaf is its text: `id:=12345678901234567890` must arrive as it was typed. */
type JsonNode =
  | { readonly kind: "leaf"; readonly text: string }
  | { readonly kind: "object"; readonly members: Map<string, Slot> }
  | { readonly kind: "array"; readonly items: Slot[] };

/** A place for a value; empty it is a hole, which is written as null. */
interface Slot {
  node: JsonNode | undefined;
}

/** Puts the fields of a command line together to one JSON text. */
export class JsonTree {
  readonly #root: Slot = { node: undefined };

  /**
   * Sets `json` at the place that `steps` lead to.
   *
   * @param name as typed, for messages
   * @throws UsageError with a caret under the step that clashes with an earlier field
   */
  set(name: string, steps: readonly JsonStep[], json: string): void {
    let slot = this.#root;
    for (const [index, step] of steps.entries()) slot = stepInto(slot, step, { name, steps, index });
    const last = steps.at(-1);
    if (slot.node !== undefined && last !== undefined) {
      const twice = { start: 0, end: name.length };
      throw pathError(name, twice, steps.length === 1 ? `given twice. For a list write ${name}[]=first ${name}[]=second` : "given twice");
    }
    slot.node = { kind: "leaf", text: json };
  }

  toString(): string {
    return write(this.#root);
  }
}

interface Way {
  readonly name: string;
  readonly steps: readonly JsonStep[];
  readonly index: number;
}

function stepInto(slot: Slot, step: JsonStep, way: Way): Slot {
  slot.node = opened(slot.node) ?? (step.kind === "key" ? { kind: "object", members: new Map() } : { kind: "array", items: [] });
  const { node } = slot;
  if (step.kind === "key") {
    if (node.kind !== "object") throw clash(node, step, way);
    const known = node.members.get(step.key) ?? { node: undefined };
    node.members.set(step.key, known);
    return known;
  }
  if (node.kind !== "array") throw clash(node, step, way);
  const place = step.kind === "append" ? node.items.length : step.index;
  while (node.items.length <= place) node.items.push({ node: undefined });
  return node.items[place] ?? { node: undefined };
}

/** A value that was typed as JSON (`a:='{"b":1}'`) can be gone on with; its own texts stay as they are. */
function opened(node: JsonNode | undefined): JsonNode | undefined {
  if (node?.kind !== "leaf" || !/^\s*[{[]/.test(node.text)) return node;
  // `context.source` keeps the text of numbers (JSON.parse source text access).
  const parse: (text: string, reviver: (key: string, value: unknown, context?: { source?: string }) => unknown) => unknown = JSON.parse;
  const root = parse(node.text, (_key, value, context) => {
    const source = context?.source;
    if (source !== undefined) return { kind: "leaf", text: source } satisfies JsonNode;
    const slotOf = (item: unknown): Slot => ({ node: isNode(item) ? item : undefined });
    if (Array.isArray(value)) return { kind: "array", items: value.map(slotOf) } satisfies JsonNode;
    const members = new Map(Object.entries(value as object).map(([key, item]) => [key, slotOf(item)]));
    return { kind: "object", members } satisfies JsonNode;
  });
  return isNode(root) ? root : node;
}

function isNode(value: unknown): value is JsonNode {
  return typeof value === "object" && value !== null && "kind" in value;
}

function clash(node: JsonNode, step: JsonStep, { name, steps, index }: Way): Error {
  const before = index === 0 ? "the body" : name.slice(0, steps[index - 1]?.end ?? 0);
  const wanted = step.kind === "key" ? "a key" : step.kind === "append" ? "an end to add to" : "numbered places";
  return pathError(name, step, `${before} is ${kindOf(node)} by an earlier field, and ${kindOf(node)} has not ${wanted}`);
}

function kindOf(node: JsonNode): string {
  if (node.kind === "object") return "an object";
  if (node.kind === "array") return "a list";
  const text = node.text.trim();
  if (text.startsWith('"')) return "a text";
  return /^[-\d]/.test(text) ? "a number" : text;
}

function write({ node }: Slot): string {
  if (node === undefined) return "null";
  if (node.kind === "leaf") return node.text;
  if (node.kind === "array") return `[${node.items.map(write).join(",")}]`;
  return `{${[...node.members].map(([key, slot]) => `${JSON.stringify(key)}:${write(slot)}`).join(",")}}`;
}
