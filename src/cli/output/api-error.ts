import { redactText } from "../../secrets/index.ts";
import { escapeLine } from "./control-characters.ts";

const longest = 200;

/**
 * What an API says went wrong, out of the beginning of its JSON answer, as one line: RFC 9457's title and detail, and the shapes of
 * GitHub, GitLab, Kubernetes, OAuth, Google, JSON:API and GraphQL. Undefined where nothing of the kind is there.
 */
export function apiErrorLine(text: string): string | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // Cut off, or no JSON: the status has to do.
    return undefined;
  }
  const words = messageOf(body)?.trim();
  if (words === undefined || words === "") return undefined;
  const line = escapeLine(redactText(words.replaceAll(/\s+/g, " ")));
  return line.length > longest ? `${line.slice(0, longest)}...` : line;
}

function messageOf(body: unknown): string | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  if (Array.isArray(body)) return messageOf(body[0]);
  const field = (name: string): unknown =>
    Object.hasOwn(body, name) ? Object.entries(body).find(([key]) => key === name)?.[1] : undefined;
  const [title, detail] = [textOf(field("title")), textOf(field("detail"))];
  if (title !== undefined || detail !== undefined) return [title, detail].filter((part) => part !== undefined).join(": ");
  const error = field("error");
  const errors = field("errors");
  const nested = [error, errors]
    .map((value) => (typeof value === "string" ? undefined : messageOf(value)))
    .find((found) => found !== undefined);
  return (
    textOf(field("message")) ?? textOf(field("error_description")) ?? textOf(error) ?? nested ?? firstText(errors) ?? textOf(field("msg"))
  );
}

function firstText(value: unknown): string | undefined {
  return Array.isArray(value) ? textOf(value[0]) : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
