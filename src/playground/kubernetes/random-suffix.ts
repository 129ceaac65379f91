import { randomBytes } from "node:crypto";

// The letters the API server uses: no vowels, so that no words appear.
const LETTERS = "bcdfghjklmnpqrstvwxz2456789";

/** Five random letters, as generateName appends them. */
export function randomSuffix(): string {
  return Array.from(randomBytes(5), (byte) => LETTERS[byte % LETTERS.length]).join("");
}
