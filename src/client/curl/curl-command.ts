import { redactText, type Secret } from "../../secrets/index.ts";
import { printfFormat, shellWord, type ShellText, type ShellValue } from "./shell-word.ts";

/** What is given to curl on its standard input. */
type Input = { readonly bytes: Uint8Array } | { readonly path: string };

/** A curl command while it is put together. Credentials go in as references: shell variables, or files that the shell reads. */
export class CurlCommand {
  readonly #words: string[] = [];
  readonly #hidden = new Map<string, unknown>();
  readonly #guards = new Set<string>();
  #input: Input | undefined;

  /** Adds an option with its value, if it takes one. */
  add(option: string, value?: string | ShellText): void {
    this.#words.push(option);
    if (value !== undefined) this.argument(value);
  }

  /** Puts an option before all others. */
  first(option: string, ...values: readonly string[]): void {
    this.#words.unshift(option, ...values.map((value) => shellWord([value])));
  }

  /** Adds the URL, which needs no option. */
  argument(value: string | ShellText): void {
    this.#words.push(shellWord(typeof value === "string" ? [value] : value));
  }

  get hasInput(): boolean {
    return this.#input !== undefined;
  }

  /** Gives curl these bytes, or this file, on its standard input; a shell that cannot open the file does not start curl at all. */
  feed(input: Input): void {
    this.#input = input;
  }

  /** A Secret as the shell finds it: `env:NAME` and `file:/path` where they are, any other as a variable to be set. */
  secret(secret: Secret, reference = secret.reference): ShellValue {
    const [, scheme, rest = ""] = /^(env|file):(.*)$/s.exec(reference) ?? [];
    // A name that is none to a shell (my.var), or what only looks like a reference (a label of its own).
    if (scheme === "env" && /^[A-Za-z_][A-Za-z0-9_]*$/.test(rest)) return { source: `$${rest}` };
    if (scheme === "env" && /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(rest)) return { source: `$(printenv ${rest})` };
    if (scheme === "file" && rest !== "") return { source: `$(cat ${pathWord(rest)})` };
    return this.#variable(reference, secret);
  }

  /** A credential that was written down where it is used: as a variable to be set, which the shell insists on. */
  hide(label: string, value: string): ShellValue {
    return this.#variable(label, value);
  }

  /** The text itself, or a variable in its place when it shows a credential. */
  text(text: string, label: string): string | ShellValue {
    return redactText(text) === text ? text : this.hide(label, text);
  }

  /** A value, escaped for the inside of a JSON string. */
  jsonEscaped(value: ShellValue): ShellValue {
    // The command substitution is a shell of its own: that it gives up over an unset variable would not stop this one.
    if (value.source.includes(":?")) this.#guards.add(value.source);
    return { source: `$(printf %s "${value.source}" | sed 's/[\\\\"]/\\\\&/g')` };
  }

  toString(): string {
    const guards = [...this.#guards].map((source) => `: "${source}" && `).join("");
    const command = ["curl", ...this.#words].join(" ");
    if (this.#input === undefined) return guards + command;
    if ("bytes" in this.#input) return `${guards}printf ${printfFormat(this.#input.bytes)} | ${command}`;
    return `${guards}${command} < ${shellWord([this.#input.path])}`;
  }

  #variable(label: string, value: unknown): ShellValue {
    const base = `ERRAND_${label
      .toUpperCase()
      .replaceAll(/[^A-Z0-9]+/g, "_")
      .replaceAll(/^_|_$/g, "")
      .slice(0, 40)}`;
    let name = base;
    for (let count = 2; this.#hidden.has(name) && this.#hidden.get(name) !== value; count += 1) name = `${base}_${count}`;
    this.#hidden.set(name, value);
    return { source: `\${${name}:?}` };
  }
}

/** A path as the file store reads it. */
function pathWord(path: string): string {
  if (path.startsWith("~/")) return `"$HOME"/${shellWord([path.slice(2)])}`;
  const plain = path.startsWith("///") ? decodeURIComponent(new URL(`file:${path}`).pathname) : path;
  return shellWord([plain.startsWith("-") ? `./${plain}` : plain]);
}
