import { readFileSync } from "node:fs";
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Document } from "yaml";
import { ConfigError } from "../../../errors/index.ts";

/** One parsed file, for turning a node into a place. */
interface Source {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** A value of a kubeconfig that knows where it stands, so that every complaint can say so. */
export class ConfigNode {
  /** As in an error message: `users[0].user.token`. */
  readonly path: string;
  readonly #source: Source;
  readonly #node: unknown;
  /** Where to point when the value itself is absent. */
  readonly #parent: ConfigNode | undefined;

  private constructor(source: Source, node: unknown, place: { readonly path: string; readonly parent?: ConfigNode }) {
    this.path = place.path;
    this.#parent = place.parent;
    this.#source = source;
    this.#node = isAlias(node) ? node.resolve(source.document) : node;
  }

  /**
   * Reads and parses a file.
   *
   * @returns undefined when there is no such file.
   * @throws ConfigError (ERR_KUBECONFIG) when it cannot be read or is not YAML.
   */
  static read(file: string): ConfigNode | undefined {
    let text: string;
    try {
      text = readFileSync(file, "utf8");
    } catch (error) {
      if (errorCode(error) === "ENOENT") return undefined;
      throw kubeconfigError({ message: `kubeconfig ${file} cannot be read: ${errorCode(error)}`, file, cause: error });
    }
    return ConfigNode.parse(text, file);
  }

  /** @throws ConfigError (ERR_KUBECONFIG) with line and column when the text is not YAML. */
  static parse(text: string, file: string): ConfigNode {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
    const root = new ConfigNode({ file, document, lines }, document.contents, { path: "" });
    const first = document.errors[0];
    if (first !== undefined) throw root.#errorAt(`is not valid YAML: ${first.message}`, first.pos[0]);
    return root;
  }

  get file(): string {
    return this.#source.file;
  }

  /** Missing, or `null`, which the API server's own decoder takes for missing too. */
  get isAbsent(): boolean {
    return this.#node === undefined || this.#node === null || (isScalar(this.#node) && this.#node.value === null);
  }

  /** @throws ConfigError when this is not a map. */
  field(name: string): ConfigNode {
    const path = this.path === "" ? name : `${this.path}.${name}`;
    if (this.isAbsent) return new ConfigNode(this.#source, undefined, { path, parent: this });
    if (!isMap(this.#node)) throw this.error("must be a map");
    return new ConfigNode(this.#source, this.#node.get(name, true), { path, parent: this });
  }

  /** @throws ConfigError when this is not a list. */
  items(): readonly ConfigNode[] {
    if (this.isAbsent) return [];
    if (!isSeq(this.#node)) throw this.error("must be a list");
    return this.#node.items.map((item, index) => new ConfigNode(this.#source, item, { path: `${this.path}[${index}]`, parent: this }));
  }

  /** The fields of a map by name. */
  entries(): readonly (readonly [string, ConfigNode])[] {
    if (this.isAbsent) return [];
    if (!isMap(this.#node)) throw this.error("must be a map");
    return this.#node.items.map(({ key }) => {
      const name = isScalar(key) ? String(key.value) : String(key);
      return [name, this.field(name)] as const;
    });
  }

  /** @returns undefined when absent or empty: to kubectl both are the same. */
  text(): string | undefined {
    if (this.isAbsent) return undefined;
    const value = isScalar(this.#node) ? this.#node.value : this.#node;
    if (typeof value !== "string") throw this.error("must be text; put it in quotes");
    return value === "" ? undefined : value;
  }

  flag(): boolean {
    if (this.isAbsent) return false;
    const value = isScalar(this.#node) ? this.#node.value : this.#node;
    if (typeof value !== "boolean") throw this.error("must be true or false");
    return value;
  }

  texts(): readonly string[] {
    return this.items().map((item) => item.text() ?? "");
  }

  /** Base64 that holds PEM text, as all the `*-data` fields do. */
  pem(): string | undefined {
    const text = this.text()?.replace(/\s+/g, "");
    if (text === undefined) return undefined;
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0) throw this.error("is not base64");
    const pem = Buffer.from(text, "base64").toString("utf8");
    if (!pem.includes("-----BEGIN ")) throw this.error("is base64, but not of PEM text (-----BEGIN ...)");
    return pem;
  }

  /** The value as plain data. */
  value(): unknown {
    return isNode(this.#node) && !this.isAbsent ? this.#node.toJS(this.#source.document) : undefined;
  }

  /** @returns an error that names file, line, column and field; the value itself is not shown. */
  error(complaint: string): ConfigError {
    return this.#errorAt(complaint, this.#offset());
  }

  #errorAt(complaint: string, offset: number): ConfigError {
    const { line, col } = this.#source.lines.linePos(offset);
    const subject = this.path === "" ? "" : `${this.path} `;
    const message = `kubeconfig ${this.file}:${line}:${col}: ${subject}${complaint}`;
    return new ConfigError({ code: "ERR_KUBECONFIG", message, file: this.file, line, column: col });
  }

  #offset(): number {
    const range = isNode(this.#node) ? this.#node.range : undefined;
    if (range !== undefined && range !== null) return range[0];
    return this.#parent === undefined ? 0 : this.#parent.#offset();
  }
}

export function kubeconfigError(init: {
  readonly message: string;
  readonly file?: string;
  readonly cause?: unknown;
  readonly hint?: string;
}): ConfigError {
  return new ConfigError({ code: "ERR_KUBECONFIG", ...init });
}

export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : String(error);
}
