import { literalSecret } from "../../secrets/index.ts";
import type { Auth, SigningRequest } from "../auth.ts";
import { bearer } from "../bearer.ts";
import type { GrantedToken } from "./token-response.ts";

export interface AccessTokenInit {
  readonly granted: GrantedToken;
  /** When it was asked for, monotonic: it cannot expire earlier than that plus its lifetime. */
  readonly askedAtMs: number;
  /** How long before its end it is renewed at the latest. */
  readonly leewayMs: number;
  /** In [0, 1): spreads the renewals of many processes. */
  readonly random: number;
  /** For messages: where it comes from. */
  readonly origin: string;
  /** It replaced one that was refused. */
  readonly isReplacement: boolean;
}

/** A token with its times, in monotonic milliseconds. */
export class AccessToken {
  readonly obtainedAtMs: number;
  readonly expiresAtMs: number;
  /** From then on a new one is asked for, while this one still works. */
  readonly renewAtMs: number;
  readonly isReplacement: boolean;
  readonly #value: string;
  readonly #bearer: Auth;

  constructor({ granted, askedAtMs, leewayMs, random, origin, isReplacement }: AccessTokenInit) {
    const lifetimeMs = granted.lifetimeMs ?? Infinity;
    // A short life is not spent on renewing.
    const marginMs = Math.min(leewayMs, lifetimeMs / 4);
    this.obtainedAtMs = askedAtMs;
    this.expiresAtMs = askedAtMs + lifetimeMs;
    this.renewAtMs = this.expiresAtMs - marginMs * (1 + random);
    this.isReplacement = isReplacement;
    this.#value = granted.accessToken;
    this.#bearer = bearer(literalSecret(granted.accessToken, `access token from ${origin}`));
  }

  equals(other: AccessToken): boolean {
    return this.#value === other.#value;
  }

  sign(request: SigningRequest): void {
    void this.#bearer.sign(request);
  }
}
