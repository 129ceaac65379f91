import { isCredentialField, isSecret, redactText, type Secret } from "../../secrets/index.ts";
import type { CurlCommand } from "./curl-command.ts";
import type { ShellText } from "./shell-word.ts";

/** Every string of a JSON text, and the colon after those that are keys. */
const strings = /"([^"\\]*(?:\\.[^"\\]*)*)"(:?)/gs;

/**
 * A JSON text with its Secrets, and what stands under the name of a credential, as variables. `value` is what the text was made from: it
 * has the Secrets whose marks stand in the text.
 */
export function jsonText(command: CurlCommand, text: string, value: unknown): ShellText {
  const secrets = secretsIn(value);
  const pieces: ShellText[number][] = [];
  let from = 0;
  let key: { readonly name: string; readonly end: number } | undefined;
  for (const match of text.matchAll(strings)) {
    const [whole, content = "", colon] = match;
    const end = match.index + whole.length;
    if (colon === ":") {
      key = { name: unescaped(content), end };
      continue;
    }
    const secret = secrets.get(unescaped(content));
    const isCredential = key?.end === match.index && content !== "" && isCredentialField(key.name);
    if (secret === undefined && !isCredential) continue;
    const reference = secret === undefined ? command.hide(key?.name ?? "secret", content) : command.secret(secret);
    pieces.push(text.slice(from, match.index + 1), command.jsonEscaped(reference));
    from = end - 1;
  }
  pieces.push(text.slice(from));
  const literal = pieces.map((piece) => (typeof piece === "string" ? piece : "")).join("");
  return redactText(literal) === literal ? pieces : [command.hide("body", text)];
}

function unescaped(content: string): string {
  const text: unknown = JSON.parse(`"${content}"`);
  return String(text);
}

/** By how they are written in JSON. */
function secretsIn(value: unknown, found = new Map<string, Secret>()): ReadonlyMap<string, Secret> {
  if (isSecret(value)) found.set(value.toJSON(), value);
  else if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value)) {
    const toJSON: unknown = Reflect.get(value, "toJSON");
    const shown: unknown = typeof toJSON === "function" ? toJSON.call(value) : value;
    if (shown !== value) secretsIn(shown, found);
    else for (const item of Object.values(value)) secretsIn(item, found);
  }
  return found;
}
