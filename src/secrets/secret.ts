import { inspect } from "node:util";
import { recordedGeneration, recordSecretValue } from "./recorded-values.ts";

/** Marks a Secret whichever copy of this module made it: the bundled command and a user's script each have their own. */
export const secretBrand: unique symbol = Symbol.for("errand.secret");
/** The method behind `openSecret`. A registered symbol, so that one copy can open what another made. */
export const openMethod: unique symbol = Symbol.for("errand.secret.open");
/** The method behind `refreshSecret`. */
export const refreshMethod: unique symbol = Symbol.for("errand.secret.refresh");

/** Calls that were on their way when the value changed used the old one; their 401 may come this much later. */
const RECENT_CHANGE_MS = 10_000;

/** Where a Secret gets its value. */
export interface SecretSource {
  /** How long a value is good for; undefined: until refreshed; 0: the source is asked each time. */
  readonly ttlMs: number | undefined;
  /** The value now: a string where no I/O is needed, so that opening stays synchronous. */
  read(): string | Promise<string>;
  /** Replaces the re-reading of `refreshSecret`, for sources that stand on another secret. */
  refresh?(): Promise<boolean>;
  /** Notes the value for redaction; default: every value, with a warning for short ones. */
  record?(value: string): void;
  /** Monotonic milliseconds; default `performance.now`. */
  now?(): number;
}

/**
 * A credential that is named, not shown: text, JSON, inspection and logs give `[secret env:API_TOKEN]`.
 *
 * Made by `secret()`, `literalSecret()` and `derivedSecret()`; only transport and services open it.
 */
export class Secret {
  /** What it was made from, e.g. `env:API_TOKEN`, or the label of a literal. */
  readonly reference: string;
  readonly #source: SecretSource;
  #value: string | undefined;
  #expiresAt = 0;
  #changedAt = -Infinity;
  #generation = -1;
  #reads = 0;
  #acceptedRead = 0;
  #reading: Promise<string> | undefined;
  #refreshing: Promise<boolean> | undefined;

  constructor(reference: string, source: SecretSource) {
    this.reference = reference;
    this.#source = source;
  }

  /** True on every Secret; read through `isSecret`. */
  get [secretBrand](): true {
    return true;
  }

  toString(): string {
    return `[secret ${this.reference}]`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }

  /** Behind `openSecret`; not for direct use. */
  [openMethod](): string | Promise<string> {
    if (this.#value !== undefined && (this.#expiresAt === Infinity || this.#now() < this.#expiresAt)) {
      if (this.#generation !== recordedGeneration()) this.#record(this.#value);
      return this.#value;
    }
    if (this.#reading !== undefined) return this.#reading;
    const order = (this.#reads += 1);
    const value = this.#source.read();
    if (typeof value === "string") return this.#accept(value, order);
    this.#reading = value
      .then((read) => this.#accept(read, order))
      .finally(() => {
        this.#reading = undefined;
      });
    return this.#reading;
  }

  /** Behind `refreshSecret`; not for direct use. */
  [refreshMethod](): Promise<boolean> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refresh(): Promise<boolean> {
    if (this.#source.refresh !== undefined) return this.#source.refresh();
    const before = this.#value;
    const order = (this.#reads += 1);
    const value = this.#accept(await this.#source.read(), order);
    return value !== before || this.#now() - this.#changedAt < RECENT_CHANGE_MS;
  }

  #accept(value: string, order: number): string {
    // A slow read must not put an older value over that of a read that began later.
    if (order < this.#acceptedRead && this.#value !== undefined) return this.#value;
    this.#acceptedRead = order;
    if (value !== this.#value) {
      if (this.#value !== undefined) this.#changedAt = this.#now();
      this.#value = value;
      this.#record(value);
    } else if (this.#generation !== recordedGeneration()) {
      this.#record(value);
    }
    this.#expiresAt = this.#source.ttlMs === undefined ? Infinity : this.#now() + this.#source.ttlMs;
    return value;
  }

  #record(value: string): void {
    if (this.#source.record === undefined) recordSecretValue(value, this.reference);
    else this.#source.record(value);
    this.#generation = recordedGeneration();
  }

  #now(): number {
    return this.#source.now === undefined ? performance.now() : this.#source.now();
  }
}

/** True for a Secret, also one that another copy of the module made. */
export function isSecret(value: unknown): value is Secret {
  return typeof value === "object" && value !== null && secretBrand in value && value[secretBrand] === true;
}

/**
 * The value of a secret: at once when no I/O is needed (env, literals, cached values), else a promise.
 *
 * For transport and services only. What it gives is redacted from then on by value.
 * @throws ConfigError `ERR_SECRET` when the variable, file or store entry is missing, empty or unreadable.
 */
export function openSecret(secret: Secret): string | Promise<string> {
  return secret[openMethod]();
}

/**
 * Reads the secret again and tells whether a new try makes sense: the value changed, now or within the last 10 s
 * (calls that were under way at that moment had used the old one).
 *
 * @throws ConfigError `ERR_SECRET` when it can no longer be read.
 */
export function refreshSecret(secret: Secret): Promise<boolean> {
  return secret[refreshMethod]();
}
