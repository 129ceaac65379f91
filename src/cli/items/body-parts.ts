import type { BodyOptions, FileSource } from "../../body/index.ts";
import { filePath, type Io } from "../io.ts";
import { UsageError } from "../usage-error.ts";
import { itemText } from "./item-text.ts";
import type { RequestItem } from "./request-item.ts";

/** How fields are sent: `--json`, the default, or `--form`. Files make it multipart either way. */
export type BodyMode = "json" | "form";

type FieldItem = Extract<RequestItem, { readonly kind: "field" | "json" }>;

/** The body that fields, files or `--raw` make. */
export async function bodyOf(
  items: readonly RequestItem[],
  { mode, raw }: { readonly mode: BodyMode; readonly raw: string | undefined },
  io: Io,
): Promise<BodyOptions> {
  const fields = items.filter((item): item is FieldItem => item.kind === "field" || item.kind === "json");
  const files = items.filter((item) => item.kind === "file");
  if (raw !== undefined) return { body: raw };
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
  const members: string[] = [];
  const seen = new Set<string>();
  for (const field of fields) {
    checkJsonName(field.name, seen);
    seen.add(field.name);
    const text = await textOf(field, io);
    members.push(`${JSON.stringify(field.name)}:${field.kind === "json" ? text.trim() : JSON.stringify(text)}`);
  }
  return `{${members.join(",")}}`;
}

/** Repeated and bracketed names mean lists and objects to other tools: neither may silently become something else. */
function checkJsonName(name: string, seen: ReadonlySet<string>): void {
  if (seen.has(name)) {
    throw new UsageError(`the field ${name} is given twice`, {
      hint: `For a list write ${name}:='["a","b"]'; --form sends a field twice.`,
    });
  }
  if (/\[.*\]$/.test(name)) {
    throw new UsageError(`the field ${name} has brackets in its name`, {
      hint: `For nested JSON write the value itself: ${name.replace(/\[.*/, "") || "name"}:='{"key":1}'.`,
    });
  }
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

function filesOf(files: readonly Extract<RequestItem, { readonly kind: "file" }>[], io: Io): Record<string, FileSource[]> {
  // Without a prototype: `__proto__` is a name like others.
  const byName: Record<string, FileSource[]> = Object.create(null);
  for (const { name, path } of files) (byName[name] ??= []).push(fileSource(path, io));
  return byName;
}

/** `photo@me.png;type=image/png;filename=ann.png`, as HTTPie, xh and curl write it. */
function fileSource(text: string, io: Io): FileSource {
  const [path = "", ...labels] = text.split(/;(?=(?:type|filename)=)/);
  const label = (key: string): string | undefined => labels.find((one) => one.startsWith(`${key}=`))?.slice(key.length + 1);
  const [type, name] = [label("type"), label("filename")];
  return { path: filePath(io, path), ...(type === undefined ? {} : { type }), ...(name === undefined ? {} : { name }) };
}
