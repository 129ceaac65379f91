import { inspect } from "node:util";

/** Below this length a value would be found by chance in any text; such secrets are redacted by position only. */
export const MIN_RECORDED_LENGTH = 8;

/** A process that signs with a new token per user must not grow without end: two generations of this many values are kept. */
const GENERATION_SIZE = 2_000;

/** What the copies of this module in one process share. Its shape is fixed by the version in the symbol. */
interface SharedRecord {
  generation(): number;
  record(value: string): void;
  recent(): readonly string[];
  older(): readonly string[];
}

const sharedKey = Symbol.for("errand.secrets.recorded.v1");
const warned = new Set<string>();
let shared: SharedRecord | undefined;

function createRecord(): SharedRecord {
  let generation = 0;
  let recent: string[] = [];
  let older: readonly string[] = [];
  const known = new Set<string>();
  return Object.freeze({
    generation: () => generation,
    record(value: string): void {
      if (known.has(value)) return;
      if (recent.length >= GENERATION_SIZE) {
        older = recent;
        recent = [];
        known.clear();
        generation += 1;
      }
      known.add(value);
      recent.push(value);
    },
    recent: () => recent,
    older: () => older,
    [inspect.custom]: () => "[recorded secrets]",
  });
}

function isSharedRecord(value: unknown): value is SharedRecord {
  return typeof value === "object" && value !== null && "generation" in value && "record" in value && "recent" in value && "older" in value;
}

/** The process-wide record. Made at the first secret, not at import: importing errand changes nothing global. */
function record(): SharedRecord {
  if (shared !== undefined) return shared;
  const existing: unknown = Reflect.get(globalThis, sharedKey);
  shared = isSharedRecord(existing) ? existing : createRecord();
  if (shared !== existing) Object.defineProperty(globalThis, sharedKey, { value: shared, enumerable: false });
  return shared;
}

/** Counts up when the oldest values are dropped: a secret that is still in use then notes its value again. */
export function recordedGeneration(): number {
  return shared === undefined ? -1 : shared.generation();
}

/** Notes a resolved value for redaction and nothing else. A short one is not noted; a warning says so once, by reference. */
export function recordSecretValue(value: string, reference: string): void {
  if (value.trim().length >= MIN_RECORDED_LENGTH) {
    record().record(value);
    return;
  }
  if (warned.has(reference)) return;
  warned.add(reference);
  process.emitWarning(
    `The secret ${reference} is shorter than ${MIN_RECORDED_LENGTH} characters: it is hidden where credentials stand (headers, URLs, named fields), but not elsewhere in texts.`,
    { type: "ErrandWarning", code: "ERRAND_SHORT_SECRET" },
  );
}

/** Notes a value that is long enough; says nothing about one that is not. */
export function recordLongValue(value: string): void {
  if (value.trim().length >= MIN_RECORDED_LENGTH) record().record(value);
}

/** The values noted in this process, and the count of dropped generations; undefined when there are none. */
export function recordedValues():
  | { readonly generation: number; readonly recent: readonly string[]; readonly older: readonly string[] }
  | undefined {
  // Another copy of the module may have made the record.
  if (shared === undefined && Reflect.get(globalThis, sharedKey) === undefined) return undefined;
  const known = record();
  return { generation: known.generation(), recent: known.recent(), older: known.older() };
}
