import { escapeText } from "../asn1/values.ts";
import type { Certificate } from "../certificate/certificate.ts";

/** Products that open TLS on its way, by the names in the certificates they make. */
const products: readonly (readonly [RegExp, string])[] = [
  [/zscaler/i, "Zscaler"],
  [/netskope|goskope/i, "Netskope"],
  [/forti(net|gate)/i, "Fortinet FortiGate"],
  [/palo ?alto|\bpan-?os\b|globalprotect/i, "Palo Alto Networks"],
  [/blue ?coat|symantec web security|cloudsoc/i, "Symantec Blue Coat"],
  [/check ?point/i, "Check Point"],
  [/cisco (umbrella|secure|wsa)|opendns/i, "Cisco Umbrella"],
  [/sophos/i, "Sophos"],
  [/mcafee|skyhigh|trellix/i, "McAfee / Skyhigh"],
  [/forcepoint|websense/i, "Forcepoint"],
  [/barracuda/i, "Barracuda"],
  [/sonicwall/i, "SonicWall"],
  [/watchguard|fireware/i, "WatchGuard"],
  [/untangle|arista edge threat/i, "Untangle"],
  [/cloudflare (for teams|gateway|zero trust)|gateway ca - cloudflare/i, "Cloudflare Gateway"],
  [/mitmproxy/i, "mitmproxy"],
  [/charles proxy/i, "Charles"],
  [/fiddler|do_not_trust/i, "Fiddler"],
  [/portswigger/i, "Burp Suite"],
  [/owasp (root|zed)|zed attack proxy/i, "ZAP"],
  [/proxyman/i, "Proxyman"],
  [/squid/i, "Squid"],
  [/kaspersky/i, "Kaspersky"],
  [/eset ssl filter/i, "ESET"],
  [/avast|avg (web|technologies)/i, "Avast / AVG"],
  [/bitdefender/i, "Bitdefender"],
  [/(ssl|tls)[ -]?(inspection|interception|decryption)/i, "an inspecting proxy"],
  [/superfish|edellroot|dsdtestprovider/i, "software with a known private key (Superfish, eDellRoot): remove it"],
];

/** Who has made these certificates, when it is a product that intercepts. */
export function interceptorOf(path: readonly Certificate[]): { readonly product: string; readonly issuer: string } | undefined {
  for (const { issuer } of path) {
    const text = [issuer.commonName, issuer.organization, issuer.text].join(" ");
    const product = products.find(([pattern]) => pattern.test(text))?.[1];
    if (product !== undefined) return { product, issuer: escapeText(issuer.text) };
  }
  return undefined;
}
