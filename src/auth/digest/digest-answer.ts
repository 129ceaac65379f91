import { createHash } from "node:crypto";
import type { DigestChallenge } from "./digest-challenge.ts";

export interface DigestCredentials {
  readonly user: string;
  readonly password: string;
}

/** The request an answer is good for. */
export interface DigestTarget {
  readonly method: string;
  /** Path and query, as in the request line. */
  readonly uri: string;
  /** How many requests used the nonce, this one included. */
  readonly count: number;
  /** The client's own nonce; unused in RFC 2069's way. */
  readonly cnonce: string;
  /** For `auth-int`. */
  readonly bodyHash: string | undefined;
}

/** What stays the same for a nonce: the hash of user, realm and password (RFC 7616 3.4.2). `cnonce` is that of the nonce's first use. */
export function credentialHash(challenge: DigestChallenge, { user, password }: DigestCredentials, cnonce: string): string {
  const { algorithm, realm, nonce } = challenge;
  const base = hash(algorithm.hash, `${utf8(user)}:${realm}:${utf8(password)}`);
  return algorithm.isSession ? hash(algorithm.hash, `${base}:${nonce}:${cnonce}`) : base;
}

/** The value of the Authorization header (RFC 7616 3.4). What must not be quoted is not. */
export function digestAnswer(
  challenge: DigestChallenge,
  user: string,
  { target, secret }: { readonly target: DigestTarget; readonly secret: string },
): string {
  const { algorithm, realm, nonce, opaque, qop, wantsUserhash } = challenge;
  const { method, uri, cnonce, bodyHash } = target;
  const count = target.count.toString(16).padStart(8, "0");
  const requestHash = hash(algorithm.hash, qop === "auth-int" ? `${method}:${uri}:${bodyHash}` : `${method}:${uri}`);
  const middle = qop === undefined ? nonce : `${nonce}:${count}:${cnonce}:${qop}`;
  const parts = [
    userPart(challenge, user),
    `realm=${quote(realm)}`,
    `uri=${quote(uri)}`,
    `nonce=${quote(nonce)}`,
    ...(challenge.isAlgorithmNamed ? [`algorithm=${algorithm.name}`] : []),
    ...(qop === undefined ? [] : [`nc=${count}`]),
    // Without a qop the session variants still need it: the server computes with it.
    ...(qop === undefined && !algorithm.isSession ? [] : [`cnonce=${quote(cnonce)}`]),
    ...(qop === undefined ? [] : [`qop=${qop}`]),
    `response=${quote(hash(algorithm.hash, `${secret}:${middle}:${requestHash}`))}`,
    ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
    ...(wantsUserhash ? ["userhash=true"] : []),
  ];
  return `Digest ${parts.join(", ")}`;
}

function userPart({ algorithm, realm, wantsUserhash, isUTF8 }: DigestChallenge, user: string): string {
  if (wantsUserhash) return `username=${quote(hash(algorithm.hash, `${utf8(user)}:${realm}`))}`;
  // RFC 7616 3.4: the extended form, for a server that says it knows UTF-8; others get the bytes, as curl sends them.
  if (isUTF8 && /[^ -~]/.test(user)) return `username*=UTF-8''${extended(user)}`;
  return `username=${quote(utf8(user))}`;
}

/** RFC 8187 3.2.1: what is no attr-char is percent-encoded. */
function extended(text: string): string {
  return encodeURIComponent(text).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** The text's UTF-8 bytes as latin-1 characters: header texts are bytes, and bytes are hashed. */
function utf8(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

function hash(algorithm: string, bytes: string): string {
  return createHash(algorithm).update(bytes, "latin1").digest("hex");
}
