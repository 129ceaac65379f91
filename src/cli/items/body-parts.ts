import type { BodyOptions, FileSource } from "../../body/index.ts";
import { filePath, type Io } from "../io.ts";
import { UsageError } from "../usage-error.ts";
import { itemText } from "./item-text.ts";
import { parseJsonPath } from "./json-path.ts";
import { JsonTree } from "./json-tree.ts";
import type { RequestItem } from "./request-item.ts";

/** How fields are sent: `--json`, the default, `--form` or `--multipart`. Files make it multipart in any case. */
export type BodyMode = "json" | "form" | "multipart";

type FieldItem = Extract<RequestItem, { readonly kind: "field" | "json" }>;
type FileItem = Extract<RequestItem, { readonly kind: "file" }>;

/** The body that fields, files or `--raw` make. */
export async function bodyOf(
  items: readonly RequestItem[],
  { mode, raw }: { readonly mode: BodyMode; readonly raw: string | undefined },
  io: Io,
): Promise<BodyOptions> {
  const fields = items.filter((item): item is FieldItem => item.kind === "field" || item.kind === "json");
  const files = items.filter((item) => item.kind === "file");
  if (raw !== undefined) return { body: raw };
  if (mode === "multipart" && fields.length + files.length > 0) return { files: await partsOf(items, io) };
  if (files.length > 0) {
    return { files: filesOf(files, io), ...(fields.length === 0 ? {} : { form: await formOf(fields, io) }) };
  }
  if (fields.length === 0) return {};
  return mode === "form" ? { form: await formOf(fields, io) } : { body: await jsonOf(fields, io) };
}

async function formOf(fields: readonly FieldItem[], io: Io): Promise<[string, string][]> {
  return Promise.all(fields.map(async (field) => [field.name, await textOf(field, io)] as [string, string]));
}

/** JSON written from the typed texts, not from parsed values: `id:=12345678901234567890` must arrive as it is. */
async function jsonOf(fields: readonly FieldItem[], io: Io): Promise<string> {
  const tree = new JsonTree();
  for (const field of fields) {
    const steps = parseJsonPath(field.name);
    const text = await textOf(field, io);
    tree.set(field.name, steps, field.kind === "json" ? text.trim() : JSON.stringify(text));
  }
  return tree.toString();
}

async function textOf(field: FieldItem, io: Io): Promise<string> {
  const text = await itemText(field, io);
  if (field.kind === "json") checkJson(field, text);
  return text;
}

function checkJson({ name, value, fromFile }: FieldItem, text: string): void {
  try {
    JSON.parse(text);
  } catch (cause) {
    const place = fromFile ? `${name}:=@${value}` : `${name}:=${value}`;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`${place} is not JSON: ${reason}`, { hint: fromFile ? undefined : `For text write ${name}=${value}.`, cause });
  }
}

function filesOf(files: readonly FileItem[], io: Io): Record<string, FileSource[]> {
  // Without a prototype: `__proto__` is a name like others.
  const byName: Record<string, FileSource[]> = Object.create(null);
  for (const { name, path } of files) (byName[name] ??= []).push(fileSource(path, io));
  return byName;
}

/** Fields and files as parts in the order they were typed; a field's part has no file name. */
async function partsOf(items: readonly RequestItem[], io: Io): Promise<Record<string, FileSource[]>> {
  const byName: Record<string, FileSource[]> = Object.create(null);
  for (const item of items) {
    if (item.kind === "file") (byName[item.name] ??= []).push(fileSource(item.path, io));
    else if (item.kind === "field" || item.kind === "json") {
      (byName[item.name] ??= []).push({ content: await textOf(item, io), name: null, type: "text/plain;charset=UTF-8" });
    }
  }
  return byName;
}

function fileSource(text: string, io: Io): FileSource {
  const { path, type, name } = labelledPath(text);
  return { path: filePath(io, path), ...(type === undefined ? {} : { type }), ...(name === undefined ? {} : { name }) };
}

/** `photo@me.png;type=image/png;filename=ann.png`, as HTTPie, xh and curl write it. */
export function labelledPath(text: string): {
  readonly path: string;
  readonly type: string | undefined;
  readonly name: string | undefined;
} {
  const [path = "", ...labels] = text.split(/;(?=(?:type|filename)=)/);
  const label = (key: string): string | undefined => labels.find((one) => one.startsWith(`${key}=`))?.slice(key.length + 1);
  return { path, type: label("type"), name: label("filename") };
}
