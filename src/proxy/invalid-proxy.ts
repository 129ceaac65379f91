import { ConfigError, InvalidRequestError } from "../errors/index.ts";
import type { ProxySource } from "./proxy-choice.ts";

/** The error for a proxy that cannot be used: a wrong option is the caller's, a wrong variable the surroundings'. */
export function invalidProxy(source: ProxySource, problem: string, hint: string): ConfigError | InvalidRequestError {
  if (source === "proxy") return invalidProxyOption("proxy", problem, hint);
  return new ConfigError({ code: "ERR_CONFIG", message: `${source} ${problem}`, hint, file: `$${source}` });
}

/** @param option the place: `proxy`, `proxy.noProxy` */
export function invalidProxyOption(option: string, problem: string, hint: string): InvalidRequestError {
  return new InvalidRequestError({ code: "ERR_INVALID_OPTION", message: `${option} ${problem}`, hint });
}
