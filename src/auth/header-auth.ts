import { InvalidRequestError } from "../errors/index.ts";
import { isSecret, literalSecret, refreshSecret, type Secret } from "../secrets/index.ts";
import type { Auth, SigningRequest } from "./auth.ts";
import { LabelledAuth } from "./labelled-auth.ts";

/** Credentials in one header whose value never changes but by refresh. Shows its scheme and reference, nothing else. */
export class HeaderAuth extends LabelledAuth implements Auth {
  readonly #header: string;
  readonly #value: Secret;

  constructor(scheme: string, header: string, value: Secret) {
    super(scheme, value.reference);
    this.#header = header;
    this.#value = value;
  }

  /** Sets the header without opening the secret. One that the caller has set stays. */
  sign(request: SigningRequest): void {
    if (!request.hasHeader(this.#header)) request.setHeader(this.#header, this.#value);
  }

  refresh(): Promise<boolean> {
    return refreshSecret(this.#value);
  }
}

/** A Secret as it is, a string wrapped so that it is redacted like one. */
export function asSecret(value: string | Secret, { maker, label }: { readonly maker: string; readonly label: string }): Secret {
  const given: unknown = value;
  if (isSecret(given)) return given;
  if (typeof given === "string" && given !== "") return literalSecret(given, label);
  throw new InvalidRequestError({
    code: "ERR_INVALID_OPTION",
    message: `${maker} takes a ${label}, a string or a Secret, not ${given === "" ? "an empty string" : given === null ? "null" : typeof given}.`,
    hint: `For a value from the environment give secret("env:NAME"), which says when the variable is not set.`,
  });
}
