/**
 * True when credentials may go along: the same scheme, host and port, or from http on port 80 to https on port 443 of the same host.
 *
 * The upgrade sends to the same server what was already sent to it, better protected; requests has the same rule.
 */
export function isSameOriginOrUpgrade(from: URL, to: URL): boolean {
  if (from.origin === to.origin && from.origin !== "null") return true;
  // WHATWG URLs leave a default port out.
  const isUpgrade = from.protocol === "http:" && to.protocol === "https:" && from.port === "" && to.port === "";
  return isUpgrade && from.hostname === to.hostname;
}
