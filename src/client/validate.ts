import { ValidationError, type RequestSummary, type ValidationIssue } from "../errors/index.ts";
import { InvalidRequestError } from "../errors/index.ts";
import { redactText } from "../secrets/index.ts";
import type { StandardSchema } from "./standard-schema.ts";

type SchemaResult<T> = Awaited<ReturnType<StandardSchema<T>["~standard"]["validate"]>>;

/** Validates at once; a schema that needs to wait belongs on the promise: `await get(url).json(schema)`. */
export function validate<T>(value: unknown, schema: StandardSchema<T>, request: RequestSummary): T {
  const result = schema["~standard"].validate(value);
  if (result instanceof Promise) {
    result.catch(() => undefined);
    throw new InvalidRequestError({
      code: "ERR_INVALID_OPTION",
      message: "json(schema): this schema validates asynchronously",
      hint: "Use the promise's shortcut: await session.get(url).json(schema).",
      request,
    });
  }
  return outcome(result, request);
}

export async function validateAsync<T>(value: unknown, schema: StandardSchema<T>, request: RequestSummary): Promise<T> {
  return outcome(await schema["~standard"].validate(value), request);
}

function outcome<T>(result: SchemaResult<T>, request: RequestSummary): T {
  if (result.issues === undefined) return result.value;
  const issues: ValidationIssue[] = result.issues.map(({ message, path = [] }) => ({
    // Schemas quote what they received, and a server may repeat a credential.
    message: redactText(message),
    path: path.map((part) => (typeof part === "object" ? part.key : part)),
  }));
  const [first] = issues;
  const more = issues.length > 1 ? `, and ${issues.length - 1} more` : "";
  throw new ValidationError({
    code: "ERR_VALIDATION",
    message: `${request.method} ${request.url}: the response does not fit the schema: ${first === undefined ? "" : `${place(first.path)}: ${first.message}`}${more}`,
    hint: "error.issues lists all.",
    issues,
    request,
  });
}

function place(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => (typeof part === "number" ? `${text}[${part}]` : `${text}.${String(part)}`), "$");
}
