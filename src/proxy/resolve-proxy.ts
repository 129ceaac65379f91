import type { ProxyChoice } from "./proxy-choice.ts";
import { ProxyEnvironment } from "./proxy-environment.ts";
import { readProxyOption, type ProxyOption } from "./proxy-option.ts";
import { proxyTarget } from "./proxy-target.ts";

/** Says which proxy a request goes through. */
export interface ProxyResolver {
  /**
   * The proxy for an http or https URL; undefined: directly. Depends on scheme, host and port alone.
   *
   * @throws ConfigError `ERR_CONFIG` that names a variable of the environment that is no proxy's URL
   */
  choose(target: URL): ProxyChoice | undefined;
  /** Entries of the environment's NO_PROXY that mean nothing, and were passed over. */
  ignoredNoProxy(): readonly string[];
}

/**
 * Reads the option at once, and the environment at the first question: importing errand must not fail for a variable that nobody uses,
 * and a program may load its `.env` after the import. Later changes of the environment are not seen.
 *
 * The option beats the environment altogether: with it neither `NO_PROXY` nor the rule for loopback counts.
 * @throws InvalidRequestError `ERR_INVALID_OPTION` that names the part of the option, without credentials
 */
export function resolveProxy(option: ProxyOption | undefined, env: Readonly<Record<string, string | undefined>>): ProxyResolver {
  if (option === false) return { choose: () => undefined, ignoredNoProxy: () => [] };
  if (option === undefined) {
    let environment: ProxyEnvironment | undefined;
    const read = (): ProxyEnvironment => (environment ??= new ProxyEnvironment(env));
    return { choose: (target) => read().choose(proxyTarget(target)), ignoredNoProxy: () => read().noProxy.invalid };
  }
  const { proxy, noProxy } = readProxyOption(option);
  return { choose: (target) => (noProxy.bypasses(proxyTarget(target)) ? undefined : proxy), ignoredNoProxy: () => [] };
}
