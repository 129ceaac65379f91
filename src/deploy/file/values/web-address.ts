import { isCredentialParam } from "../../../secrets/index.ts";
import { text } from "../shape/scalars.ts";
import type { Shape } from "../shape/shape.ts";

/** An http(s) URL without credentials; it is shown in messages. */
export const webAddress: Shape<string> = text({
  takes: "an http or https URL",
  pattern: /^https?:\/\/\S+$/,
  format: "uri",
  refuse: refusal,
});

/** Never repeats the URL: it may be the credential. */
function refusal(address: string): string | undefined {
  if (!URL.canParse(address)) return /^https?:/i.test(address) ? "is not a valid URL" : undefined;
  const url = new URL(address);
  if (url.username !== "" || url.password !== "") {
    return "holds a user or password, which does not belong in a file; write auth: { basic: { user: NAME, password: { secret: env:NAME } } }";
  }
  const parameter = [...url.searchParams.keys()].find(isCredentialParam);
  if (parameter !== undefined)
    return `holds a credential in its query (${parameter}), which does not belong in a file; send it as a header with { secret: env:NAME }`;
  return undefined;
}
