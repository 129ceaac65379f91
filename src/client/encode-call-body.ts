import { encodeBody, type BodyOptions, type EncodedBody, type FormValue } from "../body/index.ts";
import { isSecret, openSecret, type Secret } from "../secrets/index.ts";

/** Fields of a form that may hold Secrets. */
export type SecretFormFields = Readonly<Record<string, FormValue | Secret | readonly (FormValue | Secret)[]>>;

/** The body of a call as it was given. */
export interface CallBodyOptions extends Omit<BodyOptions, "form"> {
  /** Fields of a form, as in {@link BodyOptions}; values may be Secrets. */
  readonly form?: BodyOptions["form"] | SecretFormFields;
}

export interface CallBody {
  readonly encoded: EncodedBody | undefined;
  /** It holds an opened Secret: it never goes to another origin. */
  readonly holdsSecret: boolean;
}

/** How a Secret is written that was not opened: a JSON text without it holds none. */
const closedMark = "[secret ";

/**
 * Encodes the body of a call. Secrets inside `json` and `form` are opened first: what they show is for people, never for the wire.
 * A promise only where files are looked at or a secret store is asked.
 */
export function encodeCallBody({ body, json, form, files }: CallBodyOptions): CallBody | Promise<CallBody> {
  if (form !== undefined && formHoldsSecret(form))
    return encodeOpened(form, (opened) => encodeBody({ body, json, form: asForm(opened), files }));
  const encoded = encodeBody({ body, json, form: asForm(form), files });
  if (encoded instanceof Promise) return encoded.then(plain);
  if (json !== undefined && encoded?.bytes?.includes(closedMark) === true && holdsSecret(json)) {
    return encodeOpened(json, (opened) => encodeBody({ json: opened }));
  }
  return plain(encoded);
}

function plain(encoded: EncodedBody | undefined): CallBody {
  return { encoded, holdsSecret: false };
}

async function encodeOpened(value: unknown, encode: (opened: unknown) => ReturnType<typeof encodeBody>): Promise<CallBody> {
  const secrets = new Set<Secret>();
  visit(value, (secret) => secrets.add(secret));
  const values = new Map<Secret, string>();
  for (const secret of secrets) values.set(secret, await openSecret(secret));
  return { encoded: await encode(withValues(value, values)), holdsSecret: true };
}

/** The form without Secrets: those were opened, or there was none. body/ refuses every other value that is no text. */
function asForm(form: unknown): BodyOptions["form"] {
  return form as BodyOptions["form"];
}

/** Fields, or pairs, or lists of values: no deeper, for a form is not checked for circles yet. */
function formHoldsSecret(form: object): boolean {
  return Object.values(form).some((value: unknown) => isSecret(value) || (Array.isArray(value) && value.some(isSecret)));
}

function holdsSecret(value: unknown): boolean {
  let isFound = false;
  visit(value, () => {
    isFound = true;
  });
  return isFound;
}

function visit(value: unknown, found: (secret: Secret) => void): void {
  if (isSecret(value)) found(value);
  else for (const [, item] of fieldsOf(value)) visit(item, found);
}

/** A copy with values in place of the Secrets; what holds none of them stays the same object. */
function withValues(value: unknown, values: ReadonlyMap<Secret, string>): unknown {
  if (isSecret(value)) return values.get(value);
  if (!holdsSecret(value)) return value;
  const fields = fieldsOf(value).map(([key, item]) => [key, withValues(item, values)] as const);
  return Array.isArray(value) ? fields.map(([, item]) => item) : Object.fromEntries(fields);
}

/** What JSON.stringify would write of an object: its elements or own fields, or those of its toJSON(). */
function fieldsOf(value: unknown): readonly (readonly [key: string, value: unknown])[] {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || value instanceof URLSearchParams) return [];
  if ("toJSON" in value && typeof value.toJSON === "function") {
    const json: unknown = value.toJSON();
    return json === value ? Object.entries(value) : fieldsOf(json);
  }
  return Object.entries(value);
}
