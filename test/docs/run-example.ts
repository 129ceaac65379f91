import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { inspect } from "node:util";

const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Example {
  /** The nearest heading above. */
  readonly heading: string;
  readonly code: string;
  /** What the `// prints:` comments promise. */
  readonly expected: readonly string[];
}

/** The ts blocks of a Markdown file, with what they say they print. */
export function examplesOf(file: string): Example[] {
  const text = readFileSync(join(root, file), "utf8");
  const examples: Example[] = [];
  let heading = file;
  for (const match of text.matchAll(/^#+ (?<heading>.*)$|^```ts\n(?<code>[\s\S]*?)^```$/gm)) {
    const { heading: title, code } = match.groups ?? {};
    if (title !== undefined) heading = title;
    if (code !== undefined) examples.push({ heading, code, expected: printsOf(code) });
  }
  return examples;
}

/** A file of examples/, whole. */
export function exampleFile(file: string): Example {
  const code = readFileSync(join(root, file), "utf8");
  return { heading: file, code, expected: printsOf(code) };
}

function printsOf(code: string): string[] {
  return [...code.matchAll(/^\/\/ prints: (.*)$/gm)].map((line) => line[1] ?? "");
}

/** Runs an example as a module of its own; answers with the lines it printed. `replacements` point its hosts at stand-ins. */
export async function runExample({ code }: Example, replacements: Readonly<Record<string, string>>): Promise<string[]> {
  const folder = await mkdtemp(join(root, "test/docs/.example-"));
  const file = join(folder, "example.ts");
  const printed: string[] = [];
  let source = code.replaceAll(
    /from "errand(\/[a-z]+)?"/g,
    (_all, subpath: string | undefined) => `from ${JSON.stringify(sourceOf(subpath))}`,
  );
  for (const [from, to] of Object.entries(replacements)) source = source.replaceAll(from, to);
  await writeFile(file, `const console = globalThis.__example;\n${source}\nexport {};\n`);
  const holder = globalThis as { __example?: { log: (...values: unknown[]) => void; error: (...values: unknown[]) => void } };
  holder.__example = {
    error: () => undefined,
    log: (...values) => printed.push(values.map((value) => (typeof value === "string" ? value : inspect(value))).join(" ")),
  };
  try {
    await import(/* @vite-ignore */ pathToFileURL(file).href);
  } finally {
    delete holder.__example;
    await rm(folder, { recursive: true, force: true });
  }
  return printed;
}

function sourceOf(subpath: string | undefined): string {
  if (subpath === undefined) return join(root, "src/index.ts");
  const room = subpath.slice(1);
  const folder = ["kubernetes", "prometheus", "slack"].includes(room) ? `services/${room}` : room;
  return join(root, `src/${folder}/index.ts`);
}
