import { InvalidRequestError } from "../../errors/index.ts";
import { describeProxy, type ProxyChoice } from "../../proxy/index.ts";
import { isSecret, openSecret } from "../../secrets/index.ts";

/**
 * What is for the proxy alone, opened: name, value, name, value; the credentials as Proxy-Authorization (RFC 9110 11.7.2).
 *
 * At once where no store has to be asked.
 * @throws ConfigError `ERR_SECRET` for a secret that cannot be read; InvalidRequestError `ERR_INVALID_HEADER` for one that cannot be sent
 */
export function openProxyHeaders(proxy: ProxyChoice): readonly string[] | Promise<readonly string[]> {
  const { headers, authorization } = proxy;
  const all = authorization === undefined ? headers : [...headers, "Proxy-Authorization", authorization];
  const opened = all.map((each) => (isSecret(each) ? openSecret(each) : each));
  if (opened.every((each) => typeof each === "string")) return checked(opened, proxy);
  return Promise.all(opened.map(async (each) => each)).then((values) => checked(values, proxy));
}

function checked(flat: readonly string[], proxy: ProxyChoice): readonly string[] {
  const bad = flat.findIndex((text) => /[^\t\x20-\x7e\x80-\xff]/.test(text));
  if (bad === -1) return flat;
  throw new InvalidRequestError({
    code: "ERR_INVALID_HEADER",
    message: `The value of the header ${flat[bad - 1]} for ${describeProxy(proxy)} has a line break, or another character that cannot be sent.`,
    hint: 'Trim it, or read it with secret("file:..."), which does.',
  });
}
