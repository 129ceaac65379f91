import { encodeBody, guessType, type BodyOptions, type FileLabel, type FileSource, type Files } from "../../body/index.ts";
import { InvalidRequestError } from "../../errors/index.ts";
import { isCredentialField, isSecret, redactText, type Secret } from "../../secrets/index.ts";
import type { CallBodyOptions } from "../encode-call-body.ts";
import type { CurlCommand } from "./curl-command.ts";
import type { ShellValue } from "./shell-word.ts";

type Form = NonNullable<CallBodyOptions["form"]>;

/** A field, its name and value as they are encoded for a URL; a reference stands for the raw value. */
type Field = { readonly name: string; readonly value: string | ShellValue };

/** A form as curl's data: pieces that are sent as they stand, and between them the fields that curl encodes, for only the shell knows them. */
export function addForm(command: CurlCommand, form: Form): boolean {
  let literal: string[] = [];
  let holdsCredential = false;
  const flush = (): void => {
    if (literal.length > 0) command.add("--data-raw", literal.join("&"));
    literal = [];
  };
  const fields = fieldsOf(command, form);
  for (const { name, value } of fields) {
    if (typeof value === "string") {
      literal.push(`${name}=${value}`);
      continue;
    }
    flush();
    holdsCredential = true;
    command.add("--data-urlencode", [`${name}=`, value]);
  }
  flush();
  if (fields.length === 0) command.add("--data-raw", "");
  return holdsCredential;
}

/** Fields and files as curl's `--form`: `multipart/form-data`, written by curl. */
export function addMultipart(command: CurlCommand, files: Files, form: Form | undefined): boolean {
  let holdsCredential = false;
  for (const { name, value } of form === undefined ? [] : fieldsOf(command, form)) {
    if (typeof value !== "string") holdsCredential = true;
    const field = decodeField(name);
    command.add("--form-string", [`${checkField(field)}=`, typeof value === "string" ? decodeField(value) : value]);
  }
  for (const [field, value] of Object.entries(files)) {
    for (const source of isList(value) ? value : [value]) if (source !== undefined) addFile(command, checkField(field), source);
  }
  return holdsCredential;
}

function addFile(command: CurlCommand, field: string, source: FileSource): void {
  const { name, type: givenType } = labelOf(source);
  const content = contentOf(command, field, { source, name });
  const shownName = name === undefined ? content.name : name;
  const type = givenType ?? content.type ?? guessType(shownName ?? "") ?? guessType(content.name) ?? "application/octet-stream";
  const isNamed = shownName !== null && content.defaultName !== shownName;
  // "<" is curl's way to send a file's content without a file name.
  const prefix = shownName === null && content.path.startsWith("@") ? `<${content.path.slice(1)}` : content.path;
  command.add("--form", `${field}=${prefix}${isNamed ? `;filename=${inQuotes(shownName)}` : ""};type=${type}`);
}

function labelOf(source: FileSource): FileLabel {
  if (source instanceof Blob || ArrayBuffer.isView(source) || Symbol.asyncIterator in source) return {};
  return source;
}

interface Content {
  /** As `--form` takes it: `@"path"`, or the text itself. */
  readonly path: string;
  readonly name: string;
  /** The file name that curl would send by itself. */
  readonly defaultName: string | undefined;
  readonly type: string | undefined;
}

function contentOf(
  command: CurlCommand,
  field: string,
  { source, name }: { readonly source: FileSource; readonly name: string | null | undefined },
): Content {
  const inner: unknown = typeof source === "object" && "content" in source ? source.content : source;
  if (
    typeof inner === "object" &&
    inner !== null &&
    "path" in inner &&
    typeof inner.path === "string" &&
    !(Symbol.asyncIterator in inner)
  ) {
    const base = baseName(inner.path);
    return { path: `@${inQuotes(inner.path)}`, name: base, defaultName: base, type: undefined };
  }
  const bytes =
    typeof inner === "string"
      ? Buffer.from(inner)
      : ArrayBuffer.isView(inner)
        ? Buffer.from(inner.buffer, inner.byteOffset, inner.byteLength)
        : undefined;
  const type = inner instanceof Blob && inner.type !== "" ? inner.type : undefined;
  const ownName = inner instanceof File ? baseName(inner.name) : field;
  if (bytes !== undefined && !command.hasInput) {
    command.feed({ bytes });
    return { path: "@-", name: ownName, defaultName: "-", type };
  }
  // A stream, or more than one content: curl takes it from a file of that name, and says so when there is none.
  const placeholder = name ?? ownName;
  return { path: `@${inQuotes(placeholder)}`, name: ownName, defaultName: baseName(placeholder), type };
}

function fieldsOf(command: CurlCommand, form: Form): Field[] {
  const secrets = new Map<string, Secret>();
  const mark = (value: unknown): unknown => {
    if (!isSecret(value)) return value;
    const id = `errand${process.getBuiltinModule("node:crypto").randomUUID()}`;
    secrets.set(id, value);
    return id;
  };
  const marked = form instanceof URLSearchParams ? form : mapForm(form, mark);
  // Without its Secrets it is a form, or encodeBody says what is wrong with it.
  const encoded = encodeBody({ form: marked as BodyOptions["form"] });
  const text = encoded instanceof Promise ? "" : (encoded?.bytes?.toString() ?? "");
  if (text === "") return [];
  return text.split("&").map((pair) => {
    const equals = pair.indexOf("=");
    const [name, value] = [pair.slice(0, equals), pair.slice(equals + 1)];
    const secret = secrets.get(value);
    if (secret !== undefined) return { name, value: command.secret(secret) };
    const field = decodeField(name);
    const isShown = value === "" || (!isCredentialField(field) && redactText(pair) === pair);
    return { name, value: isShown ? value : command.hide(field, value) };
  });
}

/** A copy of fields or pairs with every value replaced. */
function mapForm(form: object, replace: (value: unknown) => unknown): unknown {
  const each = (value: unknown): unknown => (Array.isArray(value) ? value.map(replace) : replace(value));
  return Array.isArray(form) ? form.map(each) : Object.fromEntries(Object.entries(form).map(([name, value]) => [name, each(value)]));
}

function decodeField(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}

function checkField(field: string): string {
  if (field !== "" && !field.includes("=")) return field;
  throw new InvalidRequestError({
    code: "ERR_INVALID_BODY",
    message: `curl(): the multipart field ${JSON.stringify(field)} cannot be written as curl's --form, which ends a name at "="`,
    hint: "Rename the field, or send the call with errand.",
  });
}

function inQuotes(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}

function isList(value: FileSource | readonly FileSource[] | undefined): value is readonly FileSource[] {
  return Array.isArray(value);
}
