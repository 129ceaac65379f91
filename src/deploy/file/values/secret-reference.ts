import { ErrandError } from "../../../errors/index.ts";
import { secret } from "../../../secrets/index.ts";
import { object, required } from "../shape/object.ts";
import { text } from "../shape/scalars.ts";
import type { Shape } from "../shape/shape.ts";

/** Where a credential is found; never the credential. */
export interface SecretReference {
  /** As `secret()` takes it: `env:SLACK_WEBHOOK`, `file:/run/secrets/token`. */
  readonly secret: string;
}

const reference = object(
  {
    secret: required(
      text({ takes: "a reference such as env:NAME or file:/run/secrets/name", refuse: refusal }),
      "Where the credential is found: env:NAME or file:/path.",
    ),
  },
  "a reference: { secret: env:NAME }",
);

/** `{ secret: env:NAME }`. A literal is refused, and never repeated in the message. */
export const secretReference: Shape<SecretReference> = {
  ...reference,
  read(node, place) {
    if (node.kind !== "scalar") return reference.read(node, place);
    const name = /^\$\{?(\w+)\}?$/.exec(String(node.value))?.[1];
    const remedy = `write { secret: env:${name ?? "NAME"} }`;
    place.report(
      node.at,
      name === undefined ? `is a literal credential, which does not belong in a file; ${remedy}` : `variables are not expanded; ${remedy}`,
    );
  },
};

/** The rules are those of `secret()`, whose messages do not repeat what may be a credential. Nothing is read. */
function refusal(text: string): string | undefined {
  if (text === "") return undefined;
  try {
    secret(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof ErrandError)) throw error;
    const message = error.message.replace(/^secret\(\) /, "").replace(/\.$/, "");
    return `${message.charAt(0).toLowerCase()}${message.slice(1)}`;
  }
}
