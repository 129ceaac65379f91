import type { CatalogEntry } from "./catalog-entry.ts";

/** The codes of proxies, tokens, limits, pages and files, for {@link catalog}. */
export const clientCatalog = {
  ERR_OAUTH_TOKEN: {
    title: "No access token from the authorization server",
    meaning:
      "The token endpoint could not be reached, refused the client, or answered with something that is no token. The call was not sent.",
    remedy: "The message has the server's own word. Check clientId, clientSecret, scope and authStyle, and the token URL by itself.",
    exitCode: 1,
  },
  ERR_PROXY: {
    title: "The proxy failed",
    meaning:
      "The proxy could not be reached, broke the connection, gave an answer that is none, or could not reach the target. The target saw nothing.",
    remedy: "Check the proxy's address and scheme, and that it runs; the message names the proxy and where it is set.",
    exitCode: 8,
  },
  ERR_PROXY_AUTH: {
    title: "The proxy wants other credentials",
    meaning: "The proxy answered 407, or refused the SOCKS5 user and password. The target saw nothing.",
    remedy: 'Give them: proxy: { url, auth: basic("user", secret("env:PROXY_PASSWORD")) }, or in the proxy\'s URL.',
    exitCode: 8,
  },
  ERR_PROXY_REFUSED: {
    title: "The proxy does not let the call through",
    meaning: "The proxy's rules forbid the target, or it speaks another protocol than the one in its URL. The target saw nothing.",
    remedy: "Ask whoever runs the proxy to allow the host and port, check the scheme of its URL, or exempt the host: NO_PROXY.",
    exitCode: 8,
  },
  ERR_CIRCUIT_OPEN: {
    title: "Most calls to the origin fail, so that this one was not sent",
    meaning:
      "The session's `breaker` is open for this origin. error.retryAfterMs says when a call is let through to see whether the server is back.",
    remedy: "Find out why the server fails (the errors before this one); wait for error.retryAfterMs, or give a fallback.",
    exitCode: 8,
  },
  ERR_PAGINATION: {
    title: "The pages cannot be followed",
    meaning: "The link to the next page leads back to one that was read, to another origin, or is no URL.",
    remedy: "The message names the page. Check the paginate options against the API's documentation.",
    exitCode: 6,
  },
  ERR_FILE: {
    title: "A file cannot be written",
    meaning: "The target of a download, or its part file, could not be opened, written or renamed.",
    remedy: "The message names the file and the system's reason: permissions, space, or a folder that does not exist.",
    exitCode: 1,
  },
  ERR_FILE_EXISTS: {
    title: "The target file exists already",
    meaning: "A download does not replace a file unless it is told to.",
    remedy: "Give another name, remove the file, or say overwrite: true.",
    exitCode: 64,
  },
  ERR_DOWNLOAD_BUSY: {
    title: "Somebody else is downloading to the same file",
    meaning: "Another process, or another call, holds the part file of this target.",
    remedy: "Wait for it to end, or give another target. The message names the process.",
    exitCode: 1,
  },
  ERR_CHECKSUM: {
    title: "The downloaded bytes are not the expected ones",
    meaning: "The digest of what arrived differs from the one that was given. The target was not written.",
    remedy: "Check the expected digest against its source. If it is right, the file was changed on the server or on the way.",
    exitCode: 1,
  },
} as const satisfies Record<string, CatalogEntry>;
