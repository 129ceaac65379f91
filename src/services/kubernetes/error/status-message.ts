import { redactText } from "../../../secrets/index.ts";
import type { Status, StatusCause } from "../types.ts";

const LONGEST = 300;
const LONGEST_VALUE = 40;

/** Fields whose values are nobody's business: environment, Secrets and ConfigMaps, annotations. */
const PRIVATE_FIELD = /\b(?:env|data|stringData|binaryData|annotations|patch|args|command|token|password)\b/;

/**
 * What the API server says, fit for logs and chats: one line, of bearable length, without the values it quotes.
 *
 * A decode failure (422, field `patch`) quotes the entire merged object, environment variables included.
 */
export function statusMessage(status: Status): string {
  const causes = (status.details?.causes ?? []).map(causeMessage).filter((text) => text !== "");
  if (status.reason === "Invalid" && causes.length > 0) return shorten(`${subject(status)} is invalid: ${causes.join("; ")}`);
  return shorten(withoutValues(status.message ?? status.reason ?? "", ""));
}

/** `spec.replicas: must be greater than or equal to 0` */
export function causeMessage({ field = "", message = "" }: StatusCause): string {
  const text = withoutValues(message, field);
  return shorten(field === "" || field === "<nil>" || text.startsWith(field) ? text : `${field}: ${text}`);
}

/** The text of an answer that is no Status: plain text as it is, a proxy's HTML page by its title. */
export function foreignMessage(text: string): string {
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(text)?.[1];
  const isMarkup = /^\s*</.test(text);
  return shorten(isMarkup ? (title ?? "an HTML page") : text);
}

function subject({ details }: Status): string {
  const kind = details?.kind ?? "the object";
  return details?.name === undefined ? kind : `${kind} ${JSON.stringify(details.name)}`;
}

/**
 * field.Error prints `Invalid value: VALUE: detail`, VALUE being quoted text, JSON or a Go literal of any length.
 * (k8s.io/apimachinery/pkg/util/validation/field)
 */
function withoutValues(message: string, field: string): string {
  return message.replace(/\b(Invalid value|Duplicate value|Unsupported value): ([\s\S]*)$/, (_, kind: string, rest: string) => {
    const { value, detail } = splitValue(rest);
    const isPrivate = PRIVATE_FIELD.test(field) || PRIVATE_FIELD.test(message.slice(0, message.indexOf(kind)));
    const isShown = !isPrivate && value.length <= LONGEST_VALUE && !/^["']?[{[]/.test(value);
    const shown = isShown ? `${kind}: ${value}` : `${kind} (not shown)`;
    return detail === "" ? shown : `${shown}: ${detail}`;
  });
}

function splitValue(rest: string): { readonly value: string; readonly detail: string } {
  const quoted = /^"(?:[^"\\]|\\[\s\S])*"/.exec(rest)?.[0];
  if (quoted !== undefined) return { value: quoted, detail: rest.slice(quoted.length).replace(/^:\s*/, "") };
  // A literal's own colons cannot be told from the one that ends it: the last one that is followed by a blank is taken.
  const end = rest.lastIndexOf(": ");
  return end === -1 ? { value: rest, detail: "" } : { value: rest.slice(0, end), detail: rest.slice(end + 2) };
}

function shorten(text: string): string {
  const line = redactText(text.slice(0, 20 * LONGEST))
    .replace(/\s+/g, " ")
    .trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}...` : line;
}
