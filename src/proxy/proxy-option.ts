import type { Auth } from "../auth/index.ts";
import { nearest } from "../errors/index.ts";
import type { Secret } from "../secrets/index.ts";
import { invalidProxyOption } from "./invalid-proxy.ts";
import { NoProxyList } from "./no-proxy.ts";
import type { ProxyChoice } from "./proxy-choice.ts";
import { optionAuthorization, userinfoAuthorization } from "./proxy-credentials.ts";
import { checkProxyHeaders } from "./proxy-header-option.ts";
import { parseProxyURL, type ProxyAddress } from "./proxy-url.ts";

/** A proxy with more than an address. */
export interface ProxySettings {
  /** `http://`, `https://` or `socks5://`, with userinfo or without. */
  readonly url: string;
  /** Targets that are reached directly, as in `NO_PROXY`, which does not count beside this option. @default none */
  readonly noProxy?: string | readonly string[];
  /** Sent to the proxy only, with CONNECT or with a forwarded request. Not for SOCKS5. @default none */
  readonly headers?: Readonly<Record<string, string | Secret>>;
  /** `basic(user, password)`, for a proxy that asks who calls. @default the URL's userinfo */
  readonly auth?: Auth;
}

/**
 * The way to the network: a proxy's URL, or its settings; `false` goes directly, whatever the environment says.
 *
 * @default the environment's HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY
 */
export type ProxyOption = string | ProxySettings | false;

/** The option `proxy` read and checked. */
export interface ProxyRule {
  readonly proxy: ProxyChoice;
  readonly noProxy: NoProxyList;
}

const settingNames = new Set(["url", "noProxy", "headers", "auth"]);

/** @throws InvalidRequestError that names the part of the option, without credentials */
export function readProxyOption(option: string | ProxySettings): ProxyRule {
  const { url, noProxy = [], headers, auth } = ownSettings(typeof option === "string" ? { url: option } : option);
  if (typeof url !== "string" || url.trim() === "") {
    throw invalidProxyOption(
      "proxy",
      url === "" ? "is empty" : "has no url",
      'Give proxy: "http://proxy.example.com:3128", or false for none.',
    );
  }
  const address = parseProxyURL(url, "proxy");
  if (auth !== undefined && address.userinfo !== undefined) {
    throw invalidProxyOption("proxy.auth", "and a user in proxy.url are both given", "Keep one.");
  }
  const checkedHeaders =
    headers === undefined
      ? []
      : checkProxyHeaders(headers, { scheme: address.scheme, hasAuth: auth !== undefined || address.userinfo !== undefined });
  const authorization = auth === undefined ? undefined : optionAuthorization(auth);
  return { proxy: toChoice(address, { source: "proxy", authorization, headers: checkedHeaders }), noProxy: readNoProxy(noProxy) };
}

/** The choice for a parsed address; userinfo becomes its authorization. */
export function toChoice(
  { scheme, host, port, userinfo }: ProxyAddress,
  { source, authorization, headers = [] }: Pick<ProxyChoice, "source"> & Partial<Pick<ProxyChoice, "authorization" | "headers">>,
): ProxyChoice {
  const url = new URL(`${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`);
  const own = userinfo === undefined ? undefined : userinfoAuthorization(userinfo, source);
  return { scheme, host, port, url, authorization: authorization ?? own, headers, source };
}

function readNoProxy(noProxy: unknown): NoProxyList {
  const isList = Array.isArray(noProxy) && noProxy.every((entry) => typeof entry === "string");
  if (!isList && typeof noProxy !== "string")
    throw invalidProxyOption("proxy.noProxy", "is neither a string nor a list of strings", noProxyHint);
  const list = new NoProxyList(noProxy);
  const [invalid] = list.invalid;
  if (invalid !== undefined)
    throw invalidProxyOption("proxy.noProxy", `has an entry that is no host or network: ${JSON.stringify(invalid)}`, noProxyHint);
  return list;
}

const noProxyHint = 'For example ["internal.example.com", ".svc", "10.0.0.0/8", "registry:5000"].';

/** Without a prototype, so that nobody's Object.prototype chooses a proxy. */
function ownSettings(option: ProxySettings): ProxySettings {
  const given: unknown = option;
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw invalidProxyOption(
      "proxy",
      `is ${given === null ? "null" : Array.isArray(given) ? "an array" : `a ${typeof given}`}`,
      "It takes a URL as text, { url }, or false.",
    );
  }
  for (const name of Object.keys(option)) {
    if (settingNames.has(name)) continue;
    const near = nearest(name, settingNames);
    throw invalidProxyOption(
      "proxy",
      `has an unknown setting ${name}`,
      near === undefined ? "It has url, noProxy, headers and auth." : `Did you mean ${near}?`,
    );
  }
  return Object.assign(Object.create(null), option);
}
