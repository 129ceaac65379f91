import { redactText } from "../../../secrets/index.ts";

/** A cluster with many deprecated objects must not fill the memory of a long run. */
const MOST = 200;

/** warn-code SP warn-agent SP quoted text, an old date after it (RFC 7234 5.5); one header may hold several. */
const WARNING = /(\d{3}) (\S+) "((?:[^"\\]|\\[\s\S])*)"(?: "[^"]*")?/g;

/** The texts of a Warning header. */
export function parseWarnings(header: string): readonly string[] {
  return [...header.matchAll(WARNING)].map(([, , , text = ""]) => text.replace(/\\([\s\S])/g, "$1"));
}

/** Collects the API server's warnings (unknown fields, deprecated versions), each once. */
export class WarningCollector {
  readonly #seen = new Set<string>();
  readonly #listener: ((warning: string) => void) | undefined;

  constructor(listener: ((warning: string) => void) | undefined) {
    this.#listener = listener;
  }

  get texts(): readonly string[] {
    return [...this.#seen];
  }

  /** Takes in a response's header; gives the texts it has. */
  add(header: string | undefined): readonly string[] {
    if (header === undefined) return [];
    const texts = parseWarnings(header).map((text) => redactText(text));
    for (const text of texts) {
      if (this.#seen.has(text) || this.#seen.size >= MOST) continue;
      this.#seen.add(text);
      this.#listener?.(text);
    }
    return texts;
  }
}
