import { decodeText, parseJson, type Problem } from "../body/index.ts";
import type { HTTPError } from "../errors/index.ts";
import { redactText } from "../secrets/index.ts";
import { ResponseHead, type ResponseHeadInit } from "./response-head.ts";
import { isSchema, type JSONOptions, type StandardSchema } from "./standard-schema.ts";
import { validate, validateAsync } from "./validate.ts";

export interface ErrandResponseInit extends ResponseHeadInit {
  /** Decoded: content codings are removed. */
  readonly bytes: Buffer;
}

/**
 * A response whose body is already here: the readers are synchronous.
 *
 * @example
 * const r = await errand.get("https://api.example.com/users");
 * if (r.status === 200) console.log(r.json<User[]>().length);
 */
export class ErrandResponse extends ResponseHead {
  /** True when the call's `fallback` stands in for a response. */
  readonly isFallback: boolean = false;
  readonly #bytes: Buffer;

  constructor(init: ErrandResponseInit) {
    super(init);
    this.#bytes = init.bytes;
  }

  /** The body, decoded from gzip, br, zstd or deflate. */
  bytes(): Uint8Array {
    return this.#bytes;
  }

  /** The body as text: by BOM, then charset, then UTF-8. Throws a DecodeError for a charset nobody knows. */
  text(): string {
    return decodeText(this.#bytes, this.contentType(), this.request);
  }

  /**
   * The body as JSON. Throws a DecodeError when it is empty or not JSON, a ValidationError when the schema refuses it.
   * @param schema any Standard Schema (zod, valibot, arktype), or options
   */
  json<T = unknown>(schema?: JSONOptions): T;
  json<T>(schema: StandardSchema<T>): T;
  json<T>(schema?: StandardSchema<T> | JSONOptions): T {
    const value = this.#parse(isSchema(schema) ? undefined : schema);
    return isSchema(schema) ? validate(value, schema, this.request) : (value as T);
  }

  /** @internal Like json, for schemas that validate asynchronously too. */
  jsonAsync<T>(schema?: StandardSchema<T> | JSONOptions): T | Promise<T> {
    if (!isSchema(schema)) return this.json<T>(schema);
    return validateAsync(this.#parse(undefined), schema, this.request);
  }

  /** `application/problem+json` (RFC 9457), where the server explains its error so. */
  get problem(): Problem | undefined {
    return this.parseProblem(this.#bytes);
  }

  /** Throws an HTTPError for 400 and above; else returns the response itself. */
  raiseForStatus(): this {
    if (this.status >= 400 && !this.isFallback) throw this.toError();
    return this;
  }

  /** @internal */
  toError(): HTTPError<this> {
    return this.httpError(this, this.problem);
  }

  #parse(options: JSONOptions | undefined): unknown {
    const context = { bigint: options?.bigint === true, contentType: this.contentType() };
    try {
      return parseJson(this.#bytes, context);
    } catch {
      // Once more, for an error that names the request: its URL is redacted only when somebody sees it.
      return parseJson(this.#bytes, { ...context, status: this.status, request: this.request, redact: redactText });
    }
  }
}
