export { forwardedRequest, isForwarded, tunnelledHeaders, type ForwardedRequest } from "./forwarded-request.ts";
export { addressBytes } from "./ip-address.ts";
export { describeProxy, type ProxyChoice, type ProxyScheme, type ProxySource } from "./proxy-choice.ts";
export type { ProxyOption, ProxySettings } from "./proxy-option.ts";
export { resolveProxy, type ProxyResolver } from "./resolve-proxy.ts";
export { whyDirect } from "./why-direct.ts";
