import type { ErrandError } from "../../errors/index.ts";
import type { Paint } from "./color.ts";
import { escapeControls } from "./control-characters.ts";

/** An error for people: the message, which tells of the attempts too, its code, the hint, and where to read more. */
export function renderFailure(error: ErrandError, paint: Paint): string {
  const lines = [`${paint("red", "errand:")} ${escapeControls(withCode(error))}`];
  // The library's hints of what the way to a server needs end with the command that looks at it.
  const [, remedy = error.hint ?? "", doctor] = /^(.*) (Try: errand doctor \S+)$/s.exec(error.hint ?? "") ?? [];
  if (remedy !== "") lines.push(indent(escapeControls(remedy)));
  if (doctor !== undefined) lines.push(indent(paint("bold", escapeControls(doctor))));
  // A mistake on the command line is explained where it stands; the catalog has nothing to add.
  if (error.code !== "ERR_USAGE") lines.push(indent(paint("dim", `Try: errand explain ${error.code}`)));
  return lines.join("\n");
}

function withCode(error: ErrandError): string {
  return error.code === "ERR_USAGE" || error.message.includes(error.code) ? error.message : `${error.message} (${error.code})`;
}

function indent(text: string): string {
  return text.replace(/^/gm, "  ");
}
