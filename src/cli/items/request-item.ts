import { UsageError } from "../usage-error.ts";

/** One ITEM of the command line, understood but not yet resolved: `fromFile` says that `value` is the path of its text. */
export type RequestItem =
  | TextItem<"header">
  | TextItem<"query">
  | TextItem<"field">
  | TextItem<"json">
  | { readonly kind: "noHeader" | "emptyHeader"; readonly name: string }
  | { readonly kind: "file"; readonly name: string; readonly path: string }
  | { readonly kind: "body"; readonly path: string };

interface TextItem<Kind extends string> {
  readonly kind: Kind;
  readonly name: string;
  readonly value: string;
  readonly fromFile: boolean;
}

type Separator = ":=@" | ":=" | "==@" | "==" | "=@" | "=" | ":@" | ":" | ";" | "@";

/** Longer ones first: at one place the longest wins. */
const separators: readonly Separator[] = [":=@", "==@", ":=", "==", "=@", ":@", "=", ":", ";", "@"];

/** The characters a backslash takes the meaning from; before others it is itself, for the sake of Windows paths. */
const escapable = ":=@;";

/**
 * Reads HTTPie's request items: `Header:value`, `Header:` (unset), `Header;` (empty), `name==query`, `name=text`,
 * `name:=json`, `name@file`, `@file` (the whole body), and `@` after the first four to take the value from a file.
 * The separator that stands first counts; `\` escapes one.
 *
 * @throws UsageError that names the item and what is wrong with it.
 */
export function parseItem(text: string): RequestItem {
  const { name, separator, value } = split(text);
  if (separator === undefined) {
    throw new UsageError(`'${text}' is not a request item`, {
      hint: "Items are Header:value, query==value, field=value, field:=json, field@file and @body.",
    });
  }
  if (name === "" && separator !== "@") throw new UsageError(`the item '${text}' has no name before its ${separator}`);
  return toItem({ text, name, separator, value });
}

interface ItemParts {
  readonly text: string;
  readonly name: string;
  readonly separator: Separator;
  readonly value: string;
}

function toItem({ text, name, separator, value }: ItemParts): RequestItem {
  switch (separator) {
    case ":":
      return value.trim() === "" ? { kind: "noHeader", name } : { kind: "header", name, value: value.trim(), fromFile: false };
    case ";":
      if (value === "") return { kind: "emptyHeader", name };
      throw new UsageError(`'${text}' has something after its ;`, {
        hint: `'${name};' sends the header empty; to send a value write '${name}:${value}'.`,
      });
    case "==":
      return { kind: "query", name, value, fromFile: false };
    case "=":
      return { kind: "field", name, value, fromFile: false };
    case ":=":
      return { kind: "json", name, value, fromFile: false };
    case ":@":
      return { kind: "header", name, value: file(text, value), fromFile: true };
    case "==@":
      return { kind: "query", name, value: file(text, value), fromFile: true };
    case "=@":
      return { kind: "field", name, value: file(text, value), fromFile: true };
    case ":=@":
      return { kind: "json", name, value: file(text, value), fromFile: true };
    case "@":
      return name === "" ? { kind: "body", path: file(text, value) } : { kind: "file", name, path: file(text, value) };
  }
}

function file(text: string, path: string): string {
  if (path === "") throw new UsageError(`'${text}' names no file after its @`);
  return path;
}

function split(text: string): { readonly name: string; readonly separator: Separator | undefined; readonly value: string } {
  let name = "";
  for (let at = 0; at < text.length; at += 1) {
    const escaped = text[at] === "\\" ? text[at + 1] : undefined;
    if (escaped !== undefined && escapable.includes(escaped)) {
      name += escaped;
      at += 1;
      continue;
    }
    const separator = separators.find((candidate) => text.startsWith(candidate, at));
    if (separator !== undefined) return { name, separator, value: unescape(text.slice(at + separator.length)) };
    name += text[at];
  }
  return { name, separator: undefined, value: "" };
}

/** HTTPie takes the backslashes from the value too: `name=\@text` is how a value begins with `@`. */
function unescape(text: string): string {
  return text.replace(/\\([:=@;])/g, "$1");
}
