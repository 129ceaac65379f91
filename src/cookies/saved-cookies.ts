import { ConfigError } from "../errors/index.ts";

/** A jar written down. */
export interface SavedCookies {
  readonly version: 1;
  readonly cookies: readonly {
    /** Who set it, as `https://api.example.com`. */
    readonly origin: string;
    /** The line that sets it again. */
    readonly setCookie: string;
  }[];
}

interface SavedCookie {
  readonly origin: URL;
  readonly setCookie: string;
}

/** Reads what was written down, as an object or as its JSON. Messages name the entry, never its content. */
export function readSaved(saved: unknown): SavedCookie[] {
  const document = typeof saved === "string" ? parse(saved) : saved;
  if (!isRecord(document) || document.version !== 1 || !Array.isArray(document.cookies)) {
    throw invalid("saved cookies are not of the form { version: 1, cookies: [{ origin, setCookie }] }");
  }
  return document.cookies.map((entry: unknown, index) => readEntry(entry, `cookies[${index}]`));
}

function readEntry(entry: unknown, place: string): SavedCookie {
  if (!isRecord(entry)) throw invalid(`${place} is not an object of origin and setCookie`);
  const origin = typeof entry.origin === "string" ? URL.parse(entry.origin) : null;
  if (origin === null || !/^https?:$/.test(origin.protocol)) throw invalid(`${place}.origin is not an http or https URL`);
  if (typeof entry.setCookie !== "string") throw invalid(`${place}.setCookie is not a text`);
  return { origin, setCookie: entry.setCookie };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Without the cause: its message quotes the text, which holds credentials.
    throw invalid("saved cookies are not JSON");
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function invalid(problem: string): ConfigError {
  return new ConfigError({ code: "ERR_CONFIG", message: problem, hint: "Give CookieJar.restore() what serialize() gave." });
}
