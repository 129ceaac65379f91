import { checkBlocks } from "./blocks.ts";
import type { SlackContent, SlackMetadata } from "./workspace.ts";

/**
 * Slack's documentation says both that longer texts are truncated and that they are msg_too_long;
 * the stand-in takes the stricter word.
 */
const MAX_TEXT_CHARACTERS = 40_000;
const MAX_ATTACHMENTS = 100;

/** The arguments of a call, from JSON or from a form. */
export type Fields = Readonly<Record<string, unknown>>;

/** Why a message was refused. */
export interface ContentProblem {
  readonly error: string;
  readonly details: readonly string[];
}

/** Reads what a message says; in forms, lists and objects come as JSON text. */
export function readContent(fields: Fields): SlackContent | ContentProblem {
  const text = typeof fields["text"] === "string" ? fields["text"] : "";
  const blocks = decode(fields["blocks"]) ?? [];
  const attachments = decode(fields["attachments"]) ?? [];
  if (text.length > MAX_TEXT_CHARACTERS) return problem("msg_too_long");
  const blocksProblem = checkBlocks(blocks);
  if (blocksProblem !== undefined) return blocksProblem;
  if (!Array.isArray(attachments)) return problem("invalid_attachments");
  if (attachments.length > MAX_ATTACHMENTS) return problem("too_many_attachments");
  if (!Array.isArray(blocks) || (text === "" && blocks.length === 0 && attachments.length === 0)) return problem("no_text");
  const metadata = decode(fields["metadata"]);
  if (metadata !== undefined && !isMetadata(metadata)) return problem("invalid_metadata_format");
  return { text, blocks, attachments, metadata };
}

export function isContentProblem(result: SlackContent | ContentProblem): result is ContentProblem {
  return "error" in result;
}

function problem(error: string): ContentProblem {
  return { error, details: [] };
}

/** Text that is no JSON stays text, which is then neither a list nor an object. */
function decode(value: unknown): unknown {
  if (typeof value !== "string") return value ?? undefined;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function isMetadata(value: unknown): value is SlackMetadata {
  if (typeof value !== "object" || value === null || !("event_type" in value) || !("event_payload" in value)) return false;
  const { event_type: type, event_payload: payload } = value;
  return typeof type === "string" && type !== "" && typeof payload === "object" && payload !== null && !Array.isArray(payload);
}
