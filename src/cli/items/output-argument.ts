import { TextDecoder } from "node:util";
import { InvalidArgumentError } from "commander";

/** The parts of an exchange that `--print` names, each once. */
export function printArgument(text: string): string {
  if (/^[HBhbm]*$/.test(text)) return text;
  throw new InvalidArgumentError("It takes some of H (request head), B (request body), h (response head), b (response body), m (times).");
}

/** The name of a charset that can be decoded. */
export function charsetArgument(text: string): string {
  try {
    return new TextDecoder(text).encoding;
  } catch {
    throw new InvalidArgumentError("It takes the name of a charset, such as utf-8, iso-8859-1, big5 or shift_jis.");
  }
}

/** `type/subtype`. */
export function mediaTypeArgument(text: string): string {
  if (/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(text)) return text;
  throw new InvalidArgumentError("It takes a media type, such as application/json.");
}
