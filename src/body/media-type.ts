import { readParameters, skipSpace } from "./parameters.ts";

/** A parsed Content-Type. */
export interface MediaType {
  /** Lower case, e.g. `application/json`. */
  readonly type: string;
  /** By lower-case name, unquoted. */
  readonly params: Readonly<Record<string, string>>;
}

/** Parses a Content-Type (RFC 9110 8.3.1); `undefined` when there is none or it has no `type/subtype`. */
export function mediaType(contentType: string | undefined): MediaType | undefined {
  if (contentType === undefined) return undefined;
  const type = /^[!#$%&'*+.^_`|~\w-]+\/[!#$%&'*+.^_`|~\w-]+/.exec(contentType.slice(skipSpace(contentType, 0)))?.[0];
  if (type === undefined) return undefined;
  const { params } = readParameters(contentType, skipSpace(contentType, 0) + type.length);
  return { type: type.toLowerCase(), params };
}
