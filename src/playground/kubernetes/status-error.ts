import type { Json, JsonObject } from "./json.ts";
import type { ResourceType } from "./resource-type.ts";

export type FieldCauseReason =
  | "FieldValueInvalid"
  | "FieldValueRequired"
  | "FieldValueNotSupported"
  | "FieldValueForbidden"
  | "FieldValueDuplicate"
  | "FieldValueNotFound"
  | "FieldManagerConflict";

/** One entry of `details.causes`. */
export type Cause = { reason: string; message: string; field?: string };

/** A failed request, answered as a metav1.Status. */
export class StatusError extends Error {
  override readonly name = "StatusError";
  readonly code: number;
  readonly reason: string;
  readonly details: JsonObject | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly metadata: JsonObject;

  constructor(code: number, reason: string, options: StatusErrorOptions) {
    super(options.message);
    this.code = code;
    this.reason = reason;
    this.details = options.details;
    this.headers = options.headers ?? {};
    this.metadata = options.metadata ?? {};
  }

  toStatus(): JsonObject {
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: this.metadata,
      status: "Failure",
      message: this.message,
      ...(this.reason === "" ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    };
  }
}

export interface StatusErrorOptions {
  readonly message: string;
  readonly details?: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
  readonly metadata?: JsonObject;
}

/** `deployments.apps`, or `pods` for the legacy group. */
export function qualifiedResource(type: ResourceType): string {
  return type.group === "" ? type.plural : `${type.plural}.${type.group}`;
}

/** `details` as the API server writes them: the group is absent for the legacy one, the kind is the plural. */
export function resourceDetails(type: ResourceType, name: string, extra: JsonObject = {}): JsonObject {
  return { ...(name === "" ? {} : { name }), ...(type.group === "" ? {} : { group: type.group }), kind: type.plural, ...extra };
}

export function notFound(type: ResourceType, name: string): StatusError {
  return new StatusError(404, "NotFound", {
    message: `${qualifiedResource(type)} "${name}" not found`,
    details: resourceDetails(type, name),
  });
}

export function alreadyExists(type: ResourceType, name: string): StatusError {
  return new StatusError(409, "AlreadyExists", {
    message: `${qualifiedResource(type)} "${name}" already exists`,
    details: resourceDetails(type, name),
  });
}

export function conflict(type: ResourceType, name: string, why = MODIFIED): StatusError {
  return new StatusError(409, "Conflict", {
    message: `Operation cannot be fulfilled on ${qualifiedResource(type)} "${name}": ${why}`,
    details: resourceDetails(type, name),
  });
}
const MODIFIED = "the object has been modified; please apply your changes to the latest version and try again";

export interface Refusal {
  readonly why: string;
  readonly causes?: readonly Cause[];
}

export function forbidden(type: ResourceType, name: string, { why, causes }: Refusal): StatusError {
  const subject = name === "" ? `${qualifiedResource(type)} is forbidden` : `${qualifiedResource(type)} "${name}" is forbidden`;
  return new StatusError(403, "Forbidden", {
    message: `${subject}: ${why}`,
    details: resourceDetails(type, name, causes === undefined ? {} : { causes: [...causes] }),
  });
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, "BadRequest", { message });
}

/** The page reached no handler: a resource, or a path below one, that is not served. */
export function noSuchResource(): StatusError {
  return new StatusError(404, "NotFound", { message: "the server could not find the requested resource", details: {} });
}

export function methodNotAllowed(): StatusError {
  return new StatusError(405, "MethodNotAllowed", {
    message: "the server does not allow this method on the requested resource",
    details: {},
  });
}

/** One violated rule of a field. */
export interface FieldError {
  readonly field: string;
  readonly reason: FieldCauseReason;
  readonly message: string;
}

export function invalidField(field: string, value: Json | undefined, why: string): FieldError {
  return { field, reason: "FieldValueInvalid", message: `Invalid value: ${JSON.stringify(value ?? null)}: ${why}` };
}

export function requiredField(field: string, why = ""): FieldError {
  return { field, reason: "FieldValueRequired", message: why === "" ? "Required value" : `Required value: ${why}` };
}

export function unsupportedField(field: string, value: Json | undefined, supported: readonly string[]): FieldError {
  const list = supported.map((item) => JSON.stringify(item)).join(", ");
  return {
    field,
    reason: "FieldValueNotSupported",
    message: `Unsupported value: ${JSON.stringify(value ?? "")}: supported values: ${list}`,
  };
}

export function forbiddenField(field: string, why: string): FieldError {
  return { field, reason: "FieldValueForbidden", message: `Forbidden: ${why}` };
}

export function duplicateField(field: string, value: Json | undefined): FieldError {
  return { field, reason: "FieldValueDuplicate", message: `Duplicate value: ${JSON.stringify(value ?? null)}` };
}

/** What an Invalid answer is about; an empty kind is how failed patches come. */
export interface InvalidSubject {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
}

export function invalid(subject: InvalidSubject, errors: readonly FieldError[]): StatusError {
  const texts = errors.map((error) => `${error.field}: ${error.message}`);
  const what = subject.group === "" ? subject.kind : `${subject.kind}.${subject.group}`;
  const list = texts.length === 1 ? (texts[0] ?? "") : `[${texts.join(", ")}]`;
  return new StatusError(422, "Invalid", {
    message: `${what} "${subject.name}" is invalid: ${list}`,
    details: {
      ...(subject.name === "" ? {} : { name: subject.name }),
      ...(subject.group === "" ? {} : { group: subject.group }),
      ...(subject.kind === "" ? {} : { kind: subject.kind }),
      causes: errors.map((error) => ({ reason: error.reason, message: error.message, field: error.field })),
    },
  });
}

/** The resourceVersion is no longer in the history. */
export function expired(message: string, metadata: JsonObject = {}): StatusError {
  return new StatusError(410, "Expired", { message, metadata });
}
