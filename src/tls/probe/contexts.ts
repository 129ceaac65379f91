import { createSecureContext, type SecureContext } from "node:tls";
import type { Identity } from "../identity.ts";

/** As errand's own connections are made, so that Node's verdict is the one a request would meet. */
export function usualContext(pems: readonly string[], identity?: Identity): SecureContext {
  return createSecureContext({
    ca: [...pems],
    minVersion: "TLSv1.2",
    ...(identity === undefined
      ? {}
      : { cert: identity.cert, key: identity.key, ...(identity.passphrase === undefined ? {} : { passphrase: identity.passphrase }) }),
  });
}

let small: SecureContext | undefined;

/** As little as a current server needs, so that the ClientHello fits into any packet: without the key shares of a kilobyte that are safe from quantum computers. */
export function smallContext(): SecureContext {
  small ??= createSecureContext({
    ca: [],
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.2",
    ecdhCurve: "X25519:P-256",
    ciphers: "ECDHE+AESGCM",
    sigalgs: "ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256",
  });
  return small;
}

let wide: SecureContext | undefined;

/** Every version and cipher this OpenSSL still has: what a server speaks that refuses the usual ones. Only to look, nothing is sent on it. */
export function wideContext(): SecureContext {
  wide ??= createSecureContext({ ca: [], minVersion: "TLSv1", ciphers: "ALL:eNULL:@SECLEVEL=0" });
  return wide;
}
