/**
 * A transfer coding beside chunked, which nobody asked for (RFC 9112 7.4): undici hands such a body on as it came, coding and all, and its
 * bytes are not those of the message.
 */
export class UnknownTransferCoding extends Error {
  override readonly name = "UnknownTransferCoding";

  constructor() {
    super("it has a transfer coding that errand did not ask for");
  }
}

/** False for answers without a body, whose headers say what they want. */
export function hasUnknownCoding(method: string, status: number, transferEncoding: string | readonly string[]): boolean {
  if (method === "HEAD" || status === 204 || status === 304) return false;
  // Some servers say chunked twice, and old ones identity, which means nothing.
  return !/^(?:chunked|identity)(?:[\t ]*,[\t ]*chunked)?$/i.test(String(transferEncoding));
}
