export { nextHop, visitKey, type Hop, type HopInput } from "./next-hop.ts";
export { isSameOriginOrUpgrade } from "./origin.ts";
export { defaultRedirectPolicy, resolveRedirect, type RedirectOptions, type RedirectPolicy } from "./redirect-policy.ts";
export { requestTarget } from "./request-target.ts";
