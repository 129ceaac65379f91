/** Reads the secrets of one scheme. */
export interface SecretStore {
  /** The part before the first colon: lower-case letters, digits, `+`, `.`, `-`. */
  readonly scheme: string;
  /** How long a value is good for, in milliseconds; undefined: until it is refreshed. */
  readonly ttlMs: number | undefined;
  /** What is wrong with the part after the colon, as a sentence that does not quote it; undefined when it is fine. No I/O. */
  validate?(rest: string): string | undefined;
  /** The value. A string at once where no I/O is needed. Errors name the place, never the content. */
  read(rest: string): string | Promise<string>;
}
