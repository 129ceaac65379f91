import { NoProxyList } from "./no-proxy.ts";
import type { ProxyChoice, ProxySource } from "./proxy-choice.ts";
import { toChoice } from "./proxy-option.ts";
import { isLoopback, type ProxyTarget } from "./proxy-target.ts";
import { parseProxyURL } from "./proxy-url.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The proxies that the environment names. A wrong variable is an error only for the targets it is about. */
export class ProxyEnvironment {
  readonly noProxy: NoProxyList;
  readonly #variables: { readonly http: Variable | undefined; readonly https: Variable | undefined };
  readonly #parsed = new Map<ProxySource, ProxyChoice>();

  constructor(env: Environment) {
    this.noProxy = new NoProxyList(noProxyVariable(env).value);
    this.#variables = { http: proxyVariable(env, false), https: proxyVariable(env, true) };
  }

  /** @throws ConfigError that names the variable */
  choose(target: ProxyTarget): ProxyChoice | undefined {
    const found = target.isSecure ? this.#variables.https : this.#variables.http;
    if (found === undefined || found.value.trim() === "") return undefined;
    // What the proxy would reach under these names is itself.
    if (isLoopback(target) || this.noProxy.bypasses(target)) return undefined;
    const known = this.#parsed.get(found.source);
    if (known !== undefined) return known;
    const choice = toChoice(parseProxyURL(found.value, found.source), found);
    this.#parsed.set(found.source, choice);
    return choice;
  }
}

/** The variable that names the proxy of https or http targets. */
export function proxyVariable(env: Environment, isSecure: boolean): Variable | undefined {
  return (isSecure ? variable(env, "https_proxy", "HTTPS_PROXY") : httpVariable(env)) ?? variable(env, "all_proxy", "ALL_PROXY");
}

/** The variable that exempts targets; empty where neither is set. */
export function noProxyVariable(env: Environment): { readonly source: "no_proxy" | "NO_PROXY"; readonly value: string } {
  const lower = own(env, "no_proxy");
  return lower === undefined ? { source: "NO_PROXY", value: own(env, "NO_PROXY") ?? "" } : { source: "no_proxy", value: lower };
}

interface Variable {
  readonly source: ProxySource;
  /** Empty: no proxy. */
  readonly value: string;
}

/** The lower-case name wins, an empty one too: it is how a script switches off what the system has set. */
function variable(env: Environment, lower: ProxySource, upper: ProxySource): Variable | undefined {
  for (const source of [lower, upper]) {
    const value = own(env, source);
    if (value !== undefined) return { source, value };
  }
  return undefined;
}

/**
 * A CGI server hands the request header `Proxy:` to its programs as HTTP_PROXY: under one the name is not to be trusted
 * (CVE-2016-5385, httpoxy). Windows finds it in lower case as well, so the exact name is looked for.
 */
function httpVariable(env: Environment): Variable | undefined {
  if (own(env, "REQUEST_METHOD") === undefined) return variable(env, "http_proxy", "HTTP_PROXY");
  return Object.keys(env).includes("http_proxy") ? variable(env, "http_proxy", "http_proxy") : undefined;
}

/** process.env inherits from Object.prototype: what somebody put there is no variable. */
function own(env: Environment, name: string): string | undefined {
  return Object.hasOwn(env, name) ? env[name] : undefined;
}
