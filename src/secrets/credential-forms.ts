import { credentialHeaders } from "./credential-names.ts";
import type { Span } from "./spans.ts";
import { fieldValue, type Found, matching, quoted, upTo } from "./value-end.ts";

/** A credential and where the words that introduce it begin. */
export interface FormSpan extends Span {
  readonly formStart: number;
}

/** Credentials found by where they stand, and from where on the end of the text is not decided yet. */
export interface FormSpans {
  readonly spans: readonly FormSpan[];
  /** Where the first form begins that more text could continue; undefined when none does. */
  readonly openFrom: number | undefined;
}

/** How credentials are introduced, and where they end. */
interface Form {
  /** Ends where the credential begins. */
  readonly head: RegExp;
  value(text: string, start: number, head: RegExpExecArray): Found;
}

const STRONG_NAMES = [
  "pass(?:word|wd|phrase)|pwd|(?:client|webhook|app|shared|consumer)[-_]?secret|secret[-_]?(?:access[-_]?)?key",
  "(?:access|refresh|id|auth|session|security|private|job|bot|api|oauth)[-_]?token|(?:api|private|subscription|account)[-_]?key",
  "client[-_]key[-_]data|x-amz-(?:signature|credential)",
].join("|");
const WEAK_NAMES = "secret|token|sig|signature|jwt";
const QUOTE = `(?:\\\\?["'])?`;
const SEPARATOR = "[ \\t]*(=>?|==|:)[ \\t]*";

const AFTER_BEARER_IN_PROSE =
  /^(?:auth\w*|tokens?|scheme|realm|scope|error\w*|credentials?|challenge|header|is|was|or|and|not|for|in|has|the|must|required|expected|missing|invalid|expired)(?:[^\w-]|$)/i;

/** `Bearer TOKEN`, but not "bearer token". */
const bearerForm: Form = {
  head: /(?<![A-Za-z0-9])bearer[ \t]+/gi,
  value(text, start) {
    const found = matching(/[A-Za-z0-9\-._~+/|:=]*/y, text, start);
    return { ...found, isCredential: found.isCredential && !AFTER_BEARER_IN_PROSE.test(text.slice(start, found.end)) };
  },
};

/** `Basic CREDENTIALS`, but not "basic usage": base64 of something with a colon, or at least no plain word. */
const basicForm: Form = {
  head: /(?<![A-Za-z0-9])basic[ \t]+/gi,
  value(text, start) {
    const found = matching(/[A-Za-z0-9+/_-]*={0,2}/y, text, start);
    const word = text.slice(start, found.end);
    const isPlainWord = /^[A-Za-z]?[a-z-]*$/.test(word) && !Buffer.from(word, "base64").includes(":");
    return { ...found, isCredential: !isPlainWord };
  },
};

/** `Authorization: ...` and the other credential headers, up to the end of the line or of the quotes around. */
const headerForm: Form = {
  head: new RegExp(`(?<![A-Za-z0-9_-])(["']?)(?:${[...credentialHeaders].join("|")})(${QUOTE})[ \\t]*:[ \\t]*`, "gi"),
  value(text, start, [, before = "", after = ""]) {
    return withoutScheme(text, headerValue(text, start, { before, after }));
  },
};

function headerValue(text: string, start: number, { before, after }: { readonly before: string; readonly after: string }): Found {
  if (before !== "" && after === "") return upTo(before, text, start);
  const inQuotes = quoted(text, start);
  if (inQuotes !== undefined) return inQuotes;
  if (after === "") return matching(/[^\r\n]*/y, text, start);
  // The same header several times: ["sid=1","theme=dark"].
  if (text.charAt(start) !== "[") return fieldValue(text, start);
  const quote = /["']/.exec(text.charAt(start + 1))?.[0] ?? "";
  return upTo(`${quote}]`, text, start + 1 + quote.length);
}

/** The scheme of an Authorization header is no secret, and worth seeing. */
function withoutScheme(text: string, found: Found): Found {
  const scheme = matching(/(?:bearer|basic|digest|negotiate|ntlm|token|apikey|hawk|aws4-hmac-sha256)[ \t]+/iy, text, found.start);
  return scheme.end < found.end ? { ...found, start: scheme.end } : found;
}

/** `password=...`, `"client_secret": "..."`, `DB_PASSWORD: ...`. */
const namedForm: Form = { head: new RegExp(`(?:${STRONG_NAMES})${QUOTE}${SEPARATOR}`, "gi"), value: fieldValue };

/** `token=...`, `"token": "..."`; after a bare colon only what is too long for a word ("Unexpected token: x"). */
const weakNamedForm: Form = {
  head: new RegExp(`(?<![A-Za-z0-9])(?:${WEAK_NAMES})(${QUOTE})${SEPARATOR}`, "gi"),
  value(text, start, head) {
    const found = fieldValue(text, start);
    const isProse = head[1] === "" && head[2] === ":" && found.end - found.start < 16;
    return { ...found, isCredential: found.isCredential && !isProse };
  },
};

/** `--password ...`. */
const flagForm: Form = {
  head: new RegExp(`--(?:[a-z]{1,16}-){0,3}(?:${STRONG_NAMES}|${WEAK_NAMES})[ \\t]+(?!-)`, "gi"),
  value: fieldValue,
};

/** `https://user:password@host`. The parts of a URL's authority end at the first of these characters (RFC 3986 3.2). */
const userinfoForm: Form = {
  head: /(?<![A-Za-z0-9+.-])[a-z][a-z0-9+.-]{0,30}:(?:\/\/|\\\/\\\/)/gi,
  value(text, start) {
    const authority = matching(/[^\s/?#"'<>\\]*/y, text, start);
    const length = text.slice(start, authority.end).lastIndexOf("@");
    return { ...authority, end: start + Math.max(0, length), isCredential: length > 0 };
  },
};

/** The inside of a private key (RFC 7468). */
const privateKeyForm: Form = {
  head: /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY-----/g,
  value: (text, start) => upTo("-----END", text, start),
};

/** Tokens that say what they are: JSON Web Tokens (RFC 7519) and the prefixes vendors chose for scanners. */
const knownTokenForm: Form = {
  head: /(?<![A-Za-z0-9_-])(?=eyJ[A-Za-z0-9]|gh[opsur]_|github_pat_|glpat-|xox[abeoprs]-|hvs\.|npm_|[rs]k_live_|AIza)/g,
  value(text, start) {
    const found = matching(/[A-Za-z0-9_.-]*/y, text, start);
    const token = text.slice(start, found.end);
    return { ...found, isCredential: token.startsWith("eyJ") ? /^eyJ[\w-]{8,}\.[\w-]{8,}\./.test(token) : token.length >= 20 };
  },
};

const forms: readonly Form[] = [
  bearerForm,
  basicForm,
  headerForm,
  namedForm,
  weakNamedForm,
  flagForm,
  userinfoForm,
  privateKeyForm,
  knownTokenForm,
];

/** What is hidden already, refers to something, or says that there is nothing. */
const NOTHING_TO_HIDE =
  /^(?:\[redacted\]|\[secret [^\]\r\n]*\]|(?:env|file):\S*|\$\{?[A-Z_][A-Z0-9_]*\}?|\*+|<[^<>]*>|null|undefined|None|true|false)$/;

/**
 * Credentials by where they stand: after the words that introduce them, or in the place of a URL that holds them.
 * Looks for what begins at `from` or later; the text before is context.
 */
export function findForms(text: string, from = 0): FormSpans {
  const spans: FormSpan[] = [];
  let openFrom: number | undefined;
  for (const form of forms) {
    let seenTo = 0;
    form.head.lastIndex = from;
    for (const head of text.matchAll(form.head)) {
      if (head.index < seenTo) continue;
      const found = form.value(text, head.index + head[0].length, head);
      // Or a text of heads alone would take quadratic time.
      if (found.isCredential || form === knownTokenForm) seenTo = found.end;
      if (found.isOpen) openFrom = Math.min(openFrom ?? head.index, head.index);
      if (!found.isCredential || found.end === found.start || NOTHING_TO_HIDE.test(text.slice(found.start, found.end))) continue;
      spans.push({ start: found.start, end: found.end, formStart: head.index });
    }
  }
  return { spans, openFrom };
}
