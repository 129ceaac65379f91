import { basic, isAuth, type Auth } from "../auth/index.ts";
import { isSecret, literalSecret, type Secret } from "../secrets/index.ts";
import { invalidProxy, invalidProxyOption } from "./invalid-proxy.ts";
import type { ProxySource } from "./proxy-choice.ts";

const controlCharacter = /[\x00-\x1f\x7f-\x9f]/;

/** The `Basic ...` of a proxy URL's userinfo. Throws what names the source when it cannot be sent. */
export function userinfoAuthorization({ user, password }: { user: string; password: string }, source: ProxySource): Secret {
  if (user.includes(":")) {
    throw invalidProxy(source, "has a colon (%3A) in the user name, which would end it", "RFC 7617 2: only a password may have one.");
  }
  if (controlCharacter.test(user + password)) {
    throw invalidProxy(source, "has a control character, such as a line break, in user name or password", "Check the percent-encoding.");
  }
  return authorizationOf(basic(user, password === "" ? "" : literalSecret(password, `password in ${source}`)));
}

/** The `Basic ...` of the option `proxy.auth`. */
export function optionAuthorization(auth: unknown): Secret {
  if (!isAuth(auth) || auth.scheme !== "basic") {
    throw invalidProxyOption(
      "proxy.auth",
      isAuth(auth)
        ? `is ${JSON.stringify(auth.scheme)}; errand knows basic() for proxies`
        : 'takes basic("user", secret("env:PROXY_PASSWORD"))',
      'Another scheme: proxy: { url, headers: { "Proxy-Authorization": secret("env:NAME") } }.',
    );
  }
  return authorizationOf(auth);
}

/** What an Auth would sign a request with, still closed. */
function authorizationOf(auth: Auth): Secret {
  let signed: string | Secret | undefined;
  void auth.sign({
    method: "CONNECT",
    url: new URL("http://proxy.invalid"),
    hasHeader: () => false,
    setHeader: (name, value) => {
      if (name.toLowerCase() === "authorization") signed = value;
    },
  });
  if (signed === undefined)
    throw invalidProxyOption("proxy.auth", "gives no Authorization", 'Use basic("user", secret("env:PROXY_PASSWORD")).');
  return isSecret(signed) ? signed : literalSecret(signed, "proxy.auth");
}
