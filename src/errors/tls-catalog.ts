import type { CatalogEntry } from "./catalog-entry.ts";

/** The codes of TLS, for {@link catalog}. */
export const tlsCatalog = {
  ERR_TLS: {
    title: "The TLS handshake failed",
    meaning: "Client and server could not agree on a protected connection. error.cause has OpenSSL's own words.",
    remedy: "Check that the port speaks TLS and which versions and ciphers the server offers.",
    exitCode: 7,
  },
  ERR_TLS_EXPIRED: {
    title: "A certificate has expired",
    meaning: "The server's certificate, or one that signs it, is past its last day. Or this machine's clock is wrong.",
    remedy: "Renew the certificate on the server (and reload it). Check this machine's clock: date -u.",
    exitCode: 7,
  },
  ERR_TLS_NOT_YET_VALID: {
    title: "A certificate is not valid yet",
    meaning: "The certificate's first day is in the future. Most often this machine's clock is behind.",
    remedy: "Check this machine's clock: date -u; synchronise it. Otherwise wait, or install the right certificate.",
    exitCode: 7,
  },
  ERR_TLS_SELF_SIGNED: {
    title: "The certificate is self-signed",
    meaning: "The server vouches for itself; no authority that this machine trusts does.",
    remedy:
      'If the server is yours, trust exactly this certificate: tls: { ca: "server.pem" } (--ca server.pem). Otherwise have it issued by an authority.',
    exitCode: 7,
  },
  ERR_TLS_UNTRUSTED: {
    title: "The issuing authority is not trusted here",
    meaning:
      "The certificate comes from an authority that is not among Node's or the system's roots: a private CA, or a company proxy that opens TLS.",
    remedy:
      'Get the authority\'s root certificate and add it: tls: { ca: "root.pem" } (--ca root.pem), SSL_CERT_FILE, or the system store.',
    exitCode: 7,
  },
  ERR_TLS_INCOMPLETE_CHAIN: {
    title: "The server does not send its intermediate certificate",
    meaning:
      "The certificate cannot be connected to a trusted root. Browsers and Postman often hide this: they fetch or remember intermediates.",
    remedy: "On the server install the full chain (fullchain.pem). Until then, add the intermediate on this side: --ca intermediate.pem.",
    exitCode: 7,
  },
  ERR_TLS_HOSTNAME: {
    title: "The certificate is for another name",
    meaning: "The certificate is genuine but does not name the host that was asked for.",
    remedy: "Use a name the certificate lists, or have it reissued with this name among its subject alternative names.",
    exitCode: 7,
  },
  ERR_TLS_REVOKED: {
    title: "A certificate was revoked",
    meaning: "The issuing authority has withdrawn the certificate, usually because its key leaked.",
    remedy: "Do not go on. Install a newly issued certificate on the server.",
    exitCode: 7,
  },
  ERR_TLS_CLIENT_CERTIFICATE: {
    title: "The server wants another client certificate",
    meaning: "The server asked for a client certificate and got none, or one it does not accept.",
    remedy:
      'Give one: tls: { cert: "client.pem", key: "client.key" } (--cert client.pem --key client.key), with its intermediates, still valid.',
    exitCode: 7,
  },
  ERR_TLS_PROTOCOL: {
    title: "No TLS version or cipher in common",
    meaning: "The server offers only versions or ciphers that this client refuses, or the reverse.",
    remedy: "Upgrade the server to TLS 1.2 or newer with current ciphers.",
    exitCode: 7,
  },
  ERR_TLS_PLAIN_HTTP: {
    title: "The port does not speak TLS",
    meaning: "The server answered the TLS handshake with something else, most often plain HTTP.",
    remedy: "Use http:// for this port, or the port where the server speaks TLS.",
    exitCode: 7,
  },
  ERR_TLS_MATERIAL: {
    title: "A certificate or key given to errand cannot be used",
    meaning:
      "A CA, certificate or key file is missing, not PEM, empty, encrypted with another passphrase, or the key does not belong to the certificate.",
    remedy: "The message names the option. Check the file: openssl x509 -in FILE -noout -subject; openssl pkey -in FILE -noout.",
    exitCode: 64,
  },
} as const satisfies Record<string, CatalogEntry>;
