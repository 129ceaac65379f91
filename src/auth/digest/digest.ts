import { randomBytes } from "node:crypto";
import { InvalidRequestError } from "../../errors/index.ts";
import { requestTarget } from "../../redirect/index.ts";
import { openSecret, redactUrl, refreshSecret, type Secret } from "../../secrets/index.ts";
import type { Auth, RefusedResponse, SigningRequest } from "../auth.ts";
import { asSecret } from "../header-auth.ts";
import { LabelledAuth } from "../labelled-auth.ts";
import { readText } from "../maker-options.ts";
import { whenReady } from "../when-ready.ts";
import { digestAnswer } from "./digest-answer.ts";
import { pickDigestChallenge } from "./digest-challenge.ts";
import { ProtectionSpace } from "./protection-space.ts";

/** A session that visits ever new servers must not grow without end. */
const maxOrigins = 100;

/** 96 bits, 16 characters. */
const newCnonce = (): string => randomBytes(12).toString("base64url");

/**
 * User and password by challenge and answer (RFC 7616): the password itself is never sent.
 *
 * The first request to a server goes without; its 401 is answered once, and later requests carry the answer at once. MD5, SHA-256 and
 * SHA-512-256, their `-sess` variants, `auth` and `auth-int`. A body that can be sent only once cannot be repeated: call something small
 * first, or give bytes or `{ path }`.
 * @example digest("admin", secret("env:PASSWORD"))
 * @throws InvalidRequestError `ERR_INVALID_OPTION` for a user name that is empty or has control characters
 */
export function digest(user: string, password: string | Secret): Auth {
  return new DigestAuth(user, password);
}

/** @internal `cnonce` is replaced by tests, to compare with published answers */
export class DigestAuth extends LabelledAuth implements Auth {
  readonly #user: string;
  /** Undefined: empty, as cameras and routers have it. */
  readonly #password: Secret | undefined;
  readonly #cnonce: () => string;
  readonly #spaces = new Map<string, ProtectionSpace>();
  readonly #usedNonces = new WeakMap<SigningRequest, string>();

  constructor(user: string, password: string | Secret, cnonce: () => string = newCnonce) {
    const secret = password === "" ? undefined : asSecret(password, { maker: "digest()", label: "password" });
    super("digest", secret?.reference ?? "without password");
    this.#user = readText(user, "The user name given to digest()", {
      pattern: /^[^\u0000-\u001f\u007f-\u009f]+$/,
      means: "a text without control characters",
    });
    this.#password = secret;
    this.#cnonce = cnonce;
  }

  sign(request: SigningRequest): void | Promise<void> {
    const space = this.#spaces.get(request.url.origin);
    if (space === undefined || !space.covers(request.url) || request.hasHeader("authorization")) return;
    const password = this.#password === undefined ? "" : openSecret(this.#password);
    const bodyHash = space.challenge.qop === "auth-int" ? request.bodyHash?.(space.challenge.algorithm.hash) : "";
    if (bodyHash === undefined) throw unprotectable(request);
    return whenReady([password, bodyHash], ([password = "", hash = ""]) => this.#answer(request, space, { password, bodyHash: hash }));
  }

  /** True when the challenge can be answered, and is not the refusal of an answer that was right as far as this side knows. */
  challenge(response: RefusedResponse, request: SigningRequest): boolean | Promise<boolean> {
    const usedNonce = this.#usedNonces.get(request);
    // The caller's own Authorization header was refused: nothing here replaces it.
    if (response.status !== 401 || (usedNonce === undefined && request.hasHeader("authorization"))) return false;
    const challenge = pickDigestChallenge(response.rawHeaders);
    if (challenge === undefined) return false;
    const { origin } = request.url;
    const known = this.#spaces.get(origin);
    // The same nonce goes on counting: a second 1 would be taken for a replay.
    if (known?.challenge.nonce === challenge.nonce) known.admit(request.url);
    else this.#remember(origin, new ProtectionSpace(challenge, request.url, this.#cnonce));
    if (usedNonce === undefined || challenge.isStale) return true;
    // The answer was refused. Either the nonce had aged, which not every server calls stale, or the password is another by now.
    const isNewNonce = usedNonce !== challenge.nonce;
    return this.#password === undefined ? isNewNonce : refreshSecret(this.#password).then((isNewPassword) => isNewPassword || isNewNonce);
  }

  #answer(
    request: SigningRequest,
    space: ProtectionSpace,
    { password, bodyHash }: { readonly password: string; readonly bodyHash: string },
  ): void {
    const { count, cnonce, secret } = space.use({ user: this.#user, password });
    const { url, method } = request;
    const target = { method, uri: requestTarget(url), count, cnonce, bodyHash };
    request.setHeader("Authorization", digestAnswer(space.challenge, this.#user, { target, secret }));
    this.#usedNonces.set(request, space.challenge.nonce);
  }

  #remember(origin: string, space: ProtectionSpace): void {
    this.#spaces.delete(origin);
    this.#spaces.set(origin, space);
    if (this.#spaces.size <= maxOrigins) return;
    const [oldest] = this.#spaces.keys();
    if (oldest !== undefined) this.#spaces.delete(oldest);
  }
}

function unprotectable({ method, url }: SigningRequest): InvalidRequestError {
  return new InvalidRequestError({
    code: "ERR_INVALID_BODY",
    message: `${method} ${redactUrl(url)}: the server wants the body in the signature (digest, qop=auth-int), and a stream that can be read once cannot be hashed before it is sent.`,
    hint: "Give bytes, a Blob or { path } as the body.",
  });
}
