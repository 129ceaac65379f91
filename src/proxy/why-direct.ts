import { NoProxyList } from "./no-proxy.ts";
import { noProxyVariable, proxyVariable, type Environment } from "./proxy-environment.ts";
import { isLoopback, proxyTarget } from "./proxy-target.ts";

/** Why the environment leads a URL to its server without a proxy, in words: `NO_PROXY has .example.com`. */
export function whyDirect(url: URL, env: Environment): string {
  const target = proxyTarget(url);
  const found = proxyVariable(env, target.isSecure);
  if (found === undefined) return "no proxy is set";
  if (found.value.trim() === "") return `${found.source} is empty: no proxy`;
  if (isLoopback(target)) return `${found.source} does not count for this machine itself`;
  const { source, value } = noProxyVariable(env);
  const entry = value.split(/[\s,]+/).find((each) => new NoProxyList(each).bypasses(target));
  return entry === undefined ? "no proxy" : `${source} has ${entry}: ${found.source} does not count`;
}
