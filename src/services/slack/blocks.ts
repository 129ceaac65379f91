import { InvalidRequestError } from "../../errors/index.ts";
import { cutText } from "./cut-text.ts";

// https://docs.slack.dev/reference/block-kit/blocks
const MAX_BLOCKS = 50;
const MAX_FIELDS = 10;
const MAX_SECTION_TEXT = 3000;
const MAX_FIELD_TEXT = 2000;
const MAX_HEADER_TEXT = 150;

/** The blocks with their texts cut to Slack's limits. @throws InvalidRequestError (ERR_INVALID_OPTION) for what cannot be cut */
export function fitBlocks(blocks: readonly object[]): readonly object[] {
  if (!Array.isArray(blocks)) throw invalid("blocks takes a list of Block Kit blocks");
  if (blocks.length > MAX_BLOCKS)
    throw invalid(`blocks has ${blocks.length} blocks, Slack takes ${MAX_BLOCKS}`, "Send several messages, or reply in a thread.");
  return blocks.map((block: unknown, index) => fitBlock(block, `blocks[${index}]`));
}

function fitBlock(block: unknown, place: string): object {
  if (!isObject(block)) throw invalid(`${place} is no object`);
  const { type, text, fields } = block;
  if (typeof type !== "string" || type === "")
    throw invalid(`${place}.type is missing`, 'For example { type: "section", text: { type: "mrkdwn", text: "..." } }.');
  if (type === "header") return { ...block, text: fitText(text, MAX_HEADER_TEXT) };
  if (type !== "section") return block;
  if (fields === undefined) return { ...block, text: fitText(text, MAX_SECTION_TEXT) };
  if (!Array.isArray(fields)) throw invalid(`${place}.fields takes a list`);
  if (fields.length > MAX_FIELDS) throw invalid(`${place}.fields has ${fields.length} fields, Slack takes ${MAX_FIELDS}`);
  const fitted = { ...block, fields: fields.map((field: unknown) => fitText(field, MAX_FIELD_TEXT)) };
  return text === undefined ? fitted : { ...fitted, text: fitText(text, MAX_SECTION_TEXT) };
}

/** A text object; anything else is left for Slack to judge. */
function fitText(object: unknown, max: number): unknown {
  if (!isObject(object) || typeof object["text"] !== "string") return object;
  return { ...object, text: cutText(object["text"], max) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(problem: string, hint?: string): InvalidRequestError {
  return new InvalidRequestError({ code: "ERR_INVALID_OPTION", message: `slack: ${problem}`, hint });
}
