import { basic, bearer, digest, netrc, type Auth } from "../../auth/index.ts";
import { literalSecret, secret, type Secret } from "../../secrets/index.ts";
import { UsageError } from "../usage-error.ts";

/**
 * Reads `-a`: `bearer=REF`, `basic=USER:REF`, `digest=USER:REF` with a secret by reference (`env:NAME`, `file:PATH`),
 * `netrc` or `netrc=FILE`, or `user:password`.
 *
 * @param warn told once when a credential itself stands on the command line
 */
export function requestAuth(text: string, warn: (message: string) => void): Auth {
  const [isNetrc, netrcFile] = /^netrc(?:=(.+))?$/s.exec(text) ?? [];
  if (isNetrc !== undefined) return netrc(netrcFile);
  const [, scheme, rest = ""] = /^(bearer|basic|digest)=(.*)$/s.exec(text) ?? [];
  if (scheme === "bearer") return bearer(credential(rest, { label: "the token of -a", example: "-a bearer=env:API_TOKEN", warn }));
  const colon = (scheme === undefined ? text : rest).indexOf(":");
  const userAndPassword = scheme === undefined ? text : rest;
  if (colon < 1) {
    throw new UsageError("-a has no user and password", {
      hint: "It takes bearer=env:NAME, basic=USER:env:NAME, digest=USER:env:NAME, netrc, or USER:PASSWORD; for an empty password basic=USER:.",
    });
  }
  const user = userAndPassword.slice(0, colon);
  const password = userAndPassword.slice(colon + 1);
  const prove = scheme === "digest" ? digest : basic;
  if (password === "") return prove(user, "");
  if (scheme === undefined && /^(env|file):/.test(password)) {
    throw new UsageError(`is ${password} the password, or where it stands?`, {
      hint: `For a reference write -a basic=${user}:${password}`,
    });
  }
  const options = { label: "the password of -a", example: `-a ${scheme ?? "basic"}=${user}:env:PASSWORD`, warn };
  return prove(user, scheme === undefined ? literal(password, options) : credential(password, options));
}

interface CredentialOptions {
  readonly label: string;
  readonly example: string;
  readonly warn: (message: string) => void;
}

/** A secret by reference, or with a warning the text itself. A reference has a scheme: `vault:` must not be sent as a password only because no such store is known here. */
export function credential(text: string, options: CredentialOptions): Secret {
  if (/^[a-z]+:/.test(text)) return secret(text);
  if (text === "") throw new UsageError(`${options.label} is empty`, { hint: `Give a reference: ${options.example}` });
  return literal(text, options);
}

function literal(text: string, { label, example, warn }: CredentialOptions): Secret {
  warn(`${label} is on the command line, where ps and the shell's history show it; better: ${example}`);
  return literalSecret(text, label);
}
