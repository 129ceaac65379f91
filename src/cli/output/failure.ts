import type { ErrandError } from "../../errors/index.ts";
import type { Paint } from "./color.ts";
import { escapeControls } from "./control-characters.ts";
import { wrap } from "./wrap.ts";

/**
 * An error for people: the message, which tells of the attempts too, its code, the hint, and where to read more.
 *
 * @param columns the width of a terminal, where lines are broken between words; elsewhere they stay whole
 */
export function renderFailure(error: ErrandError, paint: Paint, columns?: number): string {
  const indent = (text: string): string => fit(text, "  ", columns);
  const lines = [fit(`errand: ${escapeControls(withCode(error))}`, "", columns).replace("errand:", paint("red", "errand:"))];
  // The library's hints of what the way to a server needs end with the command that looks at it.
  const [, remedy = error.hint ?? "", doctor] = /^(.*) (Try: errand doctor \S+)$/s.exec(error.hint ?? "") ?? [];
  if (remedy !== "") lines.push(indent(escapeControls(remedy)));
  if (doctor !== undefined) lines.push(`  ${paint("bold", escapeControls(doctor))}`);
  // A mistake on the command line is explained where it stands; the catalog has nothing to add.
  if (error.code !== "ERR_USAGE") lines.push(`  ${paint("dim", `Try: errand explain ${error.code}`)}`);
  return lines.join("\n");
}

function withCode(error: ErrandError): string {
  return error.code === "ERR_USAGE" || error.message.includes(error.code) ? error.message : `${error.message} (${error.code})`;
}

/** What has lines of its own keeps them: a caret points at its column. */
function fit(text: string, indent: string, columns: number | undefined): string {
  if (columns === undefined || text.includes("\n")) return text.replace(/^/gm, indent);
  return wrap(text, { columns, first: indent, rest: indent });
}
