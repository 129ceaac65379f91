import { InvalidRequestError } from "../errors/index.ts";
import { redactUrl } from "../secrets/index.ts";

/** @throws InvalidRequestError for what is no http or https URL */
export function targetOf(url: string | URL): URL {
  const parsed = typeof url === "string" ? URL.parse(url) : url;
  if (parsed !== null && (parsed.protocol === "http:" || parsed.protocol === "https:")) return parsed;
  throw new InvalidRequestError({
    code: "ERR_INVALID_URL",
    message: `${redactUrl(url)} is not an http or https URL`,
    hint: "For example https://api.example.com.",
  });
}
