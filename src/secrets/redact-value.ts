import { isCredentialField, isCredentialHeader } from "./credential-names.ts";
import { redactRecorded, redactText } from "./redact-text.ts";
import { redactUrl } from "./redact-url.ts";
import { isSecret } from "./secret.ts";
import { REDACTED } from "./spans.ts";

/** Deeper than any document, shallower than the stack. */
const MAX_DEPTH = 400;

/**
 * A copy of a JSON-like value as it may be recorded: fields with a credential's name, name and value pairs such as
 * environment variables, the data of Kubernetes Secrets and resolved secrets in any text become `[redacted]`.
 *
 * Cycles become `[circular]`, bytes their length; class instances are read by their `toJSON` or own fields.
 */
export function redactValue(value: unknown): unknown {
  return redactAny(value, { ancestors: new Set(), isHidden: false });
}

interface Place {
  readonly ancestors: ReadonlySet<object>;
  /** Text here is a credential by the name of its field. */
  readonly isHidden: boolean;
}

function redactAny(value: unknown, place: Place): unknown {
  switch (typeof value) {
    case "string":
      return place.isHidden && value !== "" ? REDACTED : redactText(value);
    case "number":
    case "bigint":
      return place.isHidden ? REDACTED : value;
    case "object":
      return value === null ? null : redactObject(value, place);
    case "function":
    case "symbol":
      return undefined;
    default:
      return value;
  }
}

function redactObject(value: object, place: Place): unknown {
  if (isSecret(value)) return value.toString();
  if (value instanceof URL) return place.isHidden ? REDACTED : redactUrl(value);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (place.ancestors.has(value)) return "[circular]";
  if (place.ancestors.size >= MAX_DEPTH) return "[too deep]";
  const inside: Place = { ...place, ancestors: new Set([...place.ancestors, value]) };
  if (Array.isArray(value)) return value.map((item) => redactAny(item, inside));
  if (value instanceof Map)
    return new Map(
      [...value].map(([key, item]) => [redactAny(key, { ...inside, isHidden: false }), redactEntry(String(key), item, inside)]),
    );
  if (value instanceof Set) return new Set([...value].map((item) => redactAny(item, inside)));
  if ("toJSON" in value && typeof value.toJSON === "function") return redactAny(value.toJSON(), inside);
  return redactFields(value, inside);
}

function redactFields(value: object, inside: Place): Record<string, unknown> {
  const fields: Record<string, unknown> = { ...(value instanceof Error ? { name: value.name, message: value.message } : {}), ...value };
  const isSecretObject = fields["kind"] === "Secret";
  const hidesValue = typeof fields["name"] === "string" && "value" in fields && isCredentialName(fields["name"]);
  return Object.fromEntries(
    Object.entries(fields).map(([key, item]) => {
      if (isSecretObject && (key === "data" || key === "stringData")) return [key, hideAll(item)];
      if (hidesValue && key === "value") return [key, redactAny(item, { ...inside, isHidden: true })];
      if (fields["kind"] === "SecretList" && key === "items" && Array.isArray(item)) {
        return [key, item.map((secret: unknown) => redactAny(typeof secret === "object" ? { kind: "Secret", ...secret } : secret, inside))];
      }
      return [redactRecorded(key), redactEntry(key, item, inside)];
    }),
  );
}

/** An object under a credential's name is looked into, for it is a structure (`secret: { secretName }`), not a value. */
function redactEntry(key: string, item: unknown, inside: Place): unknown {
  const isStructure = typeof item === "object" && item !== null && !Array.isArray(item);
  return redactAny(item, { ...inside, isHidden: isStructure ? false : isCredentialName(key) });
}

function hideAll(data: unknown): unknown {
  if (typeof data !== "object" || data === null) return data;
  return Object.fromEntries(Object.keys(data).map((key) => [key, REDACTED]));
}

function isCredentialName(name: string): boolean {
  return isCredentialField(name) || isCredentialHeader(name);
}
