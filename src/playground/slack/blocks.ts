/** Limits of Block Kit. The last is undocumented and measured: slackapi/bolt-js#2509. */
const MAX_BLOCKS = 50;
const MAX_SECTION_CHARACTERS = 3000;
const MAX_FIELD_CHARACTERS = 2000;
const MAX_FIELDS = 10;
const MAX_HEADER_CHARACTERS = 150;
const MAX_TOTAL_CHARACTERS = 13_200;

const TYPES = new Set([
  "actions",
  "alert",
  "context",
  "divider",
  "file",
  "header",
  "image",
  "input",
  "markdown",
  "rich_text",
  "section",
  "table",
  "video",
]);

/** Why blocks were refused: Slack's error word, and what `errors` and `response_metadata` of the Web API say. */
export interface BlocksProblem {
  readonly error: "invalid_blocks" | "invalid_blocks_format" | "msg_blocks_too_long";
  readonly details: readonly string[];
}

/** Checks blocks as far as their texts and numbers go; undefined when nothing is wrong. */
export function checkBlocks(blocks: unknown): BlocksProblem | undefined {
  if (!Array.isArray(blocks)) return { error: "invalid_blocks_format", details: [] };
  if (blocks.length > MAX_BLOCKS) return invalid(`no more than ${MAX_BLOCKS} items allowed [json-pointer:/blocks]`);
  for (const [index, block] of blocks.entries()) {
    const detail = checkBlock(block, `/blocks/${index}`);
    if (detail !== undefined) return invalid(detail);
  }
  return textLength(blocks) > MAX_TOTAL_CHARACTERS ? { error: "msg_blocks_too_long", details: [] } : undefined;
}

function invalid(detail: string): BlocksProblem {
  return { error: "invalid_blocks", details: [detail] };
}

function checkBlock(block: unknown, pointer: string): string | undefined {
  const type = field(block, "type");
  if (typeof type !== "string" || !TYPES.has(type)) return `unsupported type: ${String(type)} [json-pointer:${pointer}/type]`;
  if (type === "section") return checkSection(block, pointer);
  if (type === "header")
    return checkText(field(block, "text"), { pointer: `${pointer}/text`, max: MAX_HEADER_CHARACTERS, types: ["plain_text"] });
  if (type === "context" && !isFilledArray(field(block, "elements"))) return `missing required field: elements [json-pointer:${pointer}]`;
  return undefined;
}

function checkSection(block: unknown, pointer: string): string | undefined {
  const text = field(block, "text");
  const fields = field(block, "fields");
  if (text === undefined && fields === undefined) return `missing required field: text [json-pointer:${pointer}]`;
  if (text !== undefined) {
    const detail = checkText(text, { pointer: `${pointer}/text`, max: MAX_SECTION_CHARACTERS, types: ["plain_text", "mrkdwn"] });
    if (detail !== undefined) return detail;
  }
  if (fields === undefined) return undefined;
  if (!isFilledArray(fields) || fields.length > MAX_FIELDS) return `must have 1 to ${MAX_FIELDS} items [json-pointer:${pointer}/fields]`;
  for (const [index, item] of fields.entries()) {
    const detail = checkText(item, { pointer: `${pointer}/fields/${index}`, max: MAX_FIELD_CHARACTERS, types: ["plain_text", "mrkdwn"] });
    if (detail !== undefined) return detail;
  }
  return undefined;
}

interface TextRule {
  readonly pointer: string;
  readonly max: number;
  readonly types: readonly string[];
}

function checkText(text: unknown, { pointer, max, types }: TextRule): string | undefined {
  const type = field(text, "type");
  if (typeof type !== "string" || !types.includes(type)) return `unsupported type: ${String(type)} [json-pointer:${pointer}/type]`;
  const content = field(text, "text");
  if (typeof content !== "string") return `missing required field: text [json-pointer:${pointer}]`;
  if (content === "") return `must be more than 0 characters [json-pointer:${pointer}/text]`;
  return content.length > max ? `must be less than ${max + 1} characters [json-pointer:${pointer}/text]` : undefined;
}

/** All strings under a `text` key, at any depth. */
function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((total, item) => total + textLength(item), 0);
  if (typeof value !== "object" || value === null) return 0;
  return Object.entries(value).reduce(
    (total, [key, item]) => total + (key === "text" && typeof item === "string" ? item.length : textLength(item)),
    0,
  );
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}

function isFilledArray(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > 0;
}
