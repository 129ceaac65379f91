/** Paths of object keys that occur twice: JSON.parse keeps the last one and says nothing. */
export function duplicateFields(text: string): string[] {
  const scanner = new Scanner(text);
  scanner.value("");
  return scanner.duplicates;
}

/** Walks JSON that is known to be valid; anything else just ends the walk. */
class Scanner {
  readonly duplicates: string[] = [];
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(path: string): void {
    this.#space();
    const first = this.#text[this.#at];
    if (first === "{") this.#object(path);
    else if (first === "[") this.#array(path);
    else if (first === '"') this.#string();
    else while (this.#at < this.#text.length && !/[\s,\]}]/.test(this.#text[this.#at] ?? "")) this.#at += 1;
  }

  #object(path: string): void {
    const seen = new Set<string>();
    this.#at += 1;
    while (this.#at < this.#text.length) {
      this.#space();
      if (this.#text[this.#at] !== '"') break;
      const key = this.#string();
      const keyPath = path === "" ? key : `${path}.${key}`;
      if (seen.has(key)) this.duplicates.push(keyPath);
      seen.add(key);
      this.#space();
      this.#at += 1;
      this.value(keyPath);
      this.#space();
      if (this.#text[this.#at] !== ",") break;
      this.#at += 1;
    }
    this.#at += 1;
  }

  #array(path: string): void {
    this.#at += 1;
    for (let index = 0; this.#at < this.#text.length; index += 1) {
      this.#space();
      if (this.#text[this.#at] === "]") break;
      this.value(`${path}[${index}]`);
      this.#space();
      if (this.#text[this.#at] !== ",") break;
      this.#at += 1;
    }
    this.#at += 1;
  }

  #string(): string {
    const start = this.#at;
    this.#at += 1;
    while (this.#at < this.#text.length && this.#text[this.#at] !== '"') this.#at += this.#text[this.#at] === "\\" ? 2 : 1;
    this.#at += 1;
    return unquote(this.#text.slice(start, this.#at));
  }

  #space(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at += 1;
  }
}

function unquote(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    // Only for text that is not JSON, and that is refused elsewhere.
    return text;
  }
}
