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

let wide: SecureContext | undefined;

/** Every version and cipher this OpenSSL still has: what a server speaks that refuses the usual ones. Only to look, nothing is sent on it. */
export function wideContext(): SecureContext {
  wide ??= createSecureContext({ ca: [], minVersion: "TLSv1", ciphers: "ALL:eNULL:@SECLEVEL=0" });
  return wide;
}
