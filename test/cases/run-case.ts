import { createServer, type AddressInfo } from "node:net";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { main } from "../../src/cli/program.ts";
import { fakeServer, type FakeReply, type FakeServer } from "../../src/playground/index.ts";
import { splitCommand, unescapeBytes, type Case, type Section } from "./case-file.ts";
import { memoryIo, type MemoryIo } from "./memory-io.ts";

/** What a case left behind, for the expectations. */
export interface Outcome {
  readonly exitCode: number;
  readonly io: MemoryIo;
  readonly server: FakeServer;
  /** Path to content, before and after. */
  readonly filesBefore: ReadonlyMap<string, string>;
  readonly filesAfter: ReadonlyMap<string, string>;
  /** Replaces $SERVER and its like. */
  readonly expand: (text: string) => string;
}

/** Of the machine the tests run on: a case sees none of them unless it sets them. */
const hiddenVariables =
  /^(https?_proxy|all_proxy|no_proxy|kubeconfig|kubernetes_.*|k8s_.*|errand_.*|no_color|force_color|github_.*|ssl_cert_.*)$/i;

/** Runs a case in a fresh directory against a fresh fake server, and stops everything again. */
export async function runCase(parsed: Case): Promise<Outcome> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "errand-case-")));
  const server = await fakeServer();
  const expand = await expander(server, directory);
  const environment = caseEnvironment(parsed, directory, expand);
  const restore = enter(directory, environment);
  try {
    await writeFiles(parsed, directory, expand);
    scriptServer(parsed, server, expand);
    const filesBefore = await readTree(directory);
    const io = memoryIo(ioOptions(parsed, { directory, environment, expand }));
    const [program, ...argv] = splitCommand(expand(required(parsed, "command").trim()));
    if (program !== "errand") throw new Error(`the command must begin with errand, not ${program}`);
    const exitCode = await main(argv, io);
    return { exitCode, io, server, filesBefore, filesAfter: await readTree(directory), expand };
  } finally {
    restore();
    await server.close();
    await rm(directory, { recursive: true, force: true });
  }
}

export function sectionsOf(parsed: Case, name: string): readonly Section[] {
  return parsed.sections.filter((section) => section.name === name);
}

export function textOf(parsed: Case, name: string): string | undefined {
  return sectionsOf(parsed, name)[0]?.text;
}

function required(parsed: Case, name: string): string {
  return textOf(parsed, name) ?? "";
}

async function expander(server: FakeServer, directory: string): Promise<(text: string) => string> {
  const words: Readonly<Record<string, string>> = {
    SERVER: server.url,
    PORT: String(server.port),
    CLOSED: await closedUrl(),
    DIR: directory,
  };
  return (text) => text.replace(/\$(SERVER|PORT|CLOSED|DIR)\b/g, (_match, word: string) => words[word] ?? "");
}

/** A port that the kernel gave and took back: nothing listens there. */
async function closedUrl(): Promise<string> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  return `http://127.0.0.1:${port}`;
}

function caseEnvironment(parsed: Case, directory: string, expand: Outcome["expand"]): Record<string, string> {
  const lines = expand(required(parsed, "env")).split("\n");
  const own = lines
    .filter((line) => line !== "")
    .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)] as const);
  return { HOME: directory, PATH: process.env["PATH"] ?? "", ...Object.fromEntries(own) };
}

/** Secrets and certificates are read from the process's own environment and directory, so the case must have both. */
function enter(directory: string, environment: Readonly<Record<string, string>>): () => void {
  const before = { ...process.env };
  const cwd = process.cwd();
  for (const name of Object.keys(process.env)) if (hiddenVariables.test(name)) delete process.env[name];
  Object.assign(process.env, environment);
  process.chdir(directory);
  return () => {
    process.chdir(cwd);
    for (const name of Object.keys(environment)) delete process.env[name];
    Object.assign(process.env, before);
  };
}

async function writeFiles(parsed: Case, directory: string, expand: Outcome["expand"]): Promise<void> {
  for (const section of sectionsOf(parsed, "file")) {
    const path = join(directory, section.argument);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytesOf(section, expand));
  }
}

function bytesOf(section: Section, expand: Outcome["expand"]): Buffer {
  return section.isEscaped ? unescapeBytes(expand(section.text.replace(/\n$/, ""))) : Buffer.from(expand(section.text));
}

interface IoParts {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly expand: Outcome["expand"];
}

function ioOptions(parsed: Case, { directory, environment, expand }: IoParts): Parameters<typeof memoryIo>[0] {
  const [stdin] = sectionsOf(parsed, "stdin");
  const words = required(parsed, "terminal")
    .split(/\s+/)
    .filter((word) => word !== "");
  return {
    cwd: directory,
    env: environment,
    stdin: stdin === undefined ? undefined : bytesOf(stdin, expand),
    terminal: words.map((word) => {
      if (word === "stdin" || word === "stdout" || word === "stderr") return word;
      throw new Error(`terminal: '${word}' is none of stdin, stdout, stderr`);
    }),
    answers: required(parsed, "answers").split("\n").slice(0, -1),
  };
}

function scriptServer(parsed: Case, server: FakeServer, expand: Outcome["expand"]): void {
  for (const section of sectionsOf(parsed, "reply")) {
    const text = expand(section.text);
    const blank = /\n\n|\n$/.exec(text)?.index ?? text.length;
    const [first = "", ...headerLines] = text.slice(0, blank).split("\n");
    const rest = text
      .slice(blank)
      .replace(/^\n{1,2}/, "")
      .replace(/\n$/, "");
    const { status, times, delayMs, cutAfterBytes } = parseFirstLine(first, section.line);
    const route = server.on(section.argument);
    if (status === "reset") route.reset({ times });
    else if (status === "hang") route.hang({ times });
    else {
      const headers = headersOf(headerLines.map((line) => (section.isEscaped ? unescapeBytes(line).toString("latin1") : line)));
      route.reply({ status, delayMs, cutAfterBytes, headers, ...bodyReply(rest, section.isEscaped) }, { times });
    }
  }
}

function bodyReply(text: string, isEscaped: boolean): Pick<FakeReply, "body"> {
  return text === "" ? {} : { body: isEscaped ? unescapeBytes(text) : Buffer.from(text) };
}

interface FirstLine {
  readonly status: number | "reset" | "hang";
  readonly times?: number;
  readonly delayMs?: number;
  readonly cutAfterBytes?: number;
}

function parseFirstLine(line: string, at: number): FirstLine {
  const match = /^(\d{3}|reset|hang)(?: times (\d+))?(?: delay (\d+))?(?: cut (\d+))?$/.exec(line.trim());
  if (match === null)
    throw new Error(`line ${at + 1}: '${line}' is not a reply. Write a status, reset or hang, then times N, delay MS, cut BYTES`);
  const [, word = "", ...numbers] = match;
  const [times, delayMs, cutAfterBytes] = numbers.map((text) => (text === undefined ? undefined : Number(text)));
  return { status: word === "reset" || word === "hang" ? word : Number(word), times, delayMs, cutAfterBytes };
}

function headersOf(lines: readonly string[]): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 1) throw new Error(`'${line}' is not a header line`);
    (headers[line.slice(0, colon)] ??= []).push(line.slice(colon + 1).trim());
  }
  return headers;
}

async function readTree(directory: string): Promise<Map<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(files.map(async (path) => [path.slice(directory.length + 1), (await readFile(path)).toString("latin1")] as const)),
  );
}
